"""Which live processes there are, as Redis knows it: each says every few seconds that it is here."""

from threading import Event, Thread

from flask import Flask

from app.core.ids import uuid7
from app.core.redis import Doorbell, doorbell

KEY, EVERY_SECONDS, GONE_SECONDS = "live:here", 4.0, 12

SAY = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return redis.call('ZADD', KEYS[1], now, ARGV[1])
"""
COUNT = "return redis.call('ZCOUNT', KEYS[1], tonumber(redis.call('TIME')[1]) - ARGV[1], '+inf')"


def keep(app: Flask, over: Event) -> None:
    """Say so until it is over."""
    bell: Doorbell = app.extensions["holdfast.redis"]
    Thread(target=_keep, args=(bell, over), name="live-here", daemon=True).start()


def how_many() -> int | None:
    """How many there are; None while Redis does not answer."""
    return doorbell().ask(lambda client: int(client.eval(COUNT, 1, KEY, str(GONE_SECONDS))), None)


def _keep(bell: Doorbell, over: Event) -> None:
    me = uuid7().hex
    while not over.is_set():
        bell.ask(lambda client: client.eval(SAY, 1, KEY, me, str(GONE_SECONDS)), None)
        over.wait(EVERY_SECONDS)
    bell.ask(lambda client: client.zrem(KEY, me), None)
