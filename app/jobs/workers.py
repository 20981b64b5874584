"""Who works on the queues, as Redis knows it."""

from dataclasses import dataclass

import redis
from rq import Worker

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


def _line(name: str, client: redis.Redis) -> Line:
    line = queue(name, client)
    return Line(name, len(Worker.all(queue=line)), line.count)
