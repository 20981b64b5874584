"""What was last seen of something, kept in a Redis hash: a quick answer that nothing depends on.

A hash lives a day from when it was last written, so what is left of its life tells its age by Redis' own clock, however
the clocks of our machines go. It may be gone, half there, or older than what it tells of; whoever reads it knows what
that is good for.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import redis

from app.core.redis import doorbell

LIFE_SECONDS = 86_400


@dataclass(frozen=True)
class Glimpse:
    """What was seen, and how long ago anything of it was written."""

    fields: dict[str, str]
    age_seconds: float


def leave(name: str, fields: Mapping[str, str]) -> None:
    """Write down what has changed; call it after the commit of what it tells."""
    changes: dict[Any, Any] = dict(fields)

    def write(client: redis.Redis) -> None:
        with suppress(redis.ResponseError), client.pipeline(transaction=False) as pipe:
            pipe.hset(name, mapping=changes)
            pipe.expire(name, LIFE_SECONDS)
            pipe.execute()

    doorbell().ask(write, None)


def glimpse(name: str) -> Glimpse | None:
    """What was seen last, if Redis knows it."""

    def read(client: redis.Redis) -> Glimpse | None:
        try:
            return _read(client, name)
        except (ValueError, redis.ResponseError):  # not our writing
            return None

    return doorbell().ask(read, None)


def _read(client: redis.Redis, name: str) -> Glimpse | None:
    with client.pipeline(transaction=False) as pipe:
        pipe.hgetall(name)
        pipe.pttl(name)
        fields, left_ms = pipe.execute()
    words = {key.decode(): value.decode() for key, value in fields.items()}
    return Glimpse(words, LIFE_SECONDS - left_ms / 1000) if words and left_ms > 0 else None
