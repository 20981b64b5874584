"""Redis for caches: quick to give up, and left alone for a second after it failed."""

from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from flask import Flask, current_app

from app.core.clock import monotonic

log = structlog.get_logger("holdfast.redis")

Value = TypeVar("Value")
PATIENCE = 0.1
PAUSE = 1.0


class Doorbell:
    """A Redis that may be gone: every use has a fallback."""

    def __init__(self, url: str) -> None:
        """Connect at the first use."""
        self.client = connect(url, patience=PATIENCE)
        self._quiet_until = 0.0

    def ask(self, use: Callable[[redis.Redis], Value], otherwise: Value) -> Value:
        """What Redis answers, or the fallback."""
        if monotonic() < self._quiet_until:
            return otherwise
        try:
            return use(self.client)
        except redis.RedisError as error:
            self._quiet_until = monotonic() + PAUSE
            log.warning("redis does not answer", fault=type(error).__name__)
            return otherwise


def connect(url: str, *, patience: float | None = None) -> redis.Redis:
    """A client; with a patience in seconds it never waits longer."""
    return redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience or 5)


def keeping() -> dict[str, Any] | None:
    """What Redis says of its version, its memory, and what it writes down; None when it does not answer."""
    sections = ("server", "memory", "persistence")
    return doorbell().ask(lambda client: {k: v for each in sections for k, v in client.info(each).items()}, None)


def init_app(app: Flask, url: str) -> None:
    """Give the application its Redis."""
    app.extensions["holdfast.redis"] = Doorbell(url)


def doorbell() -> Doorbell:
    """The Redis of this application."""
    found: Doorbell = current_app.extensions["holdfast.redis"]
    return found
