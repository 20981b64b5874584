"""Who works on the queues, as Redis knows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import redis
from rq import Worker
from rq_scheduler import Scheduler

from app.core.queues import queue
from app.core.redis import doorbell
from app.jobs.registry import HEAVY, QUICK

# A clock that was not heard for longer than this has stopped.
SILENCE_SECONDS = 120


@dataclass(frozen=True)
class Line:
    """A queue: how many work on it, how many messages wait in it."""

    name: str
    workers: int
    messages: int


def lines() -> list[Line] | None:
    """Both queues; None when Redis does not answer."""
    return doorbell().ask(lambda client: [_line(name, client) for name in (QUICK, HEAVY)], None)


def schedulers() -> int | None:
    """How many ring the clock or wait for their turn; None when Redis does not answer. Looks at every key."""
    return doorbell().ask(lambda client: sum(map(partial(_lives, client), _births(client))), None)


def _births(client: redis.Redis) -> Iterator[bytes]:
    births: Iterator[bytes] = client.scan_iter(match=f"{Scheduler.redis_scheduler_namespace_prefix}*", count=1000)
    return births


def _lives(client: redis.Redis, birth: bytes) -> bool:
    return not client.hexists(birth.decode(), "death")


def _line(name: str, client: redis.Redis) -> Line:
    line = queue(name, client)
    return Line(name, len(Worker.all(queue=line)), line.count)
