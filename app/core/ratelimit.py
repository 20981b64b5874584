"""Token buckets in this process: generous limits that protect it without asking any server."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from threading import Lock

from flask import current_app, request

from app.core.clock import monotonic
from app.core.context import Principal
from app.core.errors import RateLimited

MOST_KEYS = 50_000


@dataclass
class Bucket:
    """What is left for one caller, and when it was last filled."""

    tokens: float
    at: float


class Buckets:
    """One bucket for each key: `burst` tokens at most, refilled at `rate` a second."""

    def __init__(self, rate: float, burst: float, most_keys: int = MOST_KEYS) -> None:
        """Start with every bucket full."""
        self.rate, self.burst, self.most_keys = rate, burst, most_keys
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, now: float) -> float:
        """Take one token; the answer is 0, or the seconds until there is one."""
        with self._lock:
            bucket = self._buckets.setdefault(key, Bucket(self.burst, now))
            self._buckets.move_to_end(key)
            while len(self._buckets) > self.most_keys:
                self._buckets.popitem(last=False)
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / self.rate


def init_app(app: object, *, enabled: bool, rate: float, burst: float) -> None:
    """Give the application its buckets."""
    app.extensions["holdfast.buckets"] = Buckets(rate, burst) if enabled else None  # type: ignore[attr-defined]


def count_request(who: Principal | None) -> None:
    """Count this request on its caller: the user, or the address of somebody unknown."""
    buckets: Buckets | None = current_app.extensions["holdfast.buckets"]
    if buckets is None:
        return
    wait = buckets.take(f"user:{who.user_id}" if who else f"address:{request.remote_addr}", monotonic())
    if wait:
        raise RateLimited(retry_after=ceil(wait))


def count_tries(key: str, per_minute: int) -> None:
    """Count a try of something that one caller may only try so often in a minute."""
    if current_app.extensions["holdfast.buckets"] is None:
        return
    wait = _tries(per_minute).take(key, monotonic())
    if wait:
        raise RateLimited(retry_after=ceil(wait))


@lru_cache(maxsize=16)
def _tries(per_minute: int) -> Buckets:
    return Buckets(per_minute / 60, per_minute)
