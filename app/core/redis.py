"""Redis for caches: quick to give up, and left alone for a second after it failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

import redis
import structlog
from flask import Flask, current_app

from app.core import sentinels
from app.core.clock import monotonic
from app.core.settings import Settings

log = structlog.get_logger("holdfast.redis")

Value = TypeVar("Value")
PATIENCE, PATIENT = 0.1, 3.0
PAUSE = 1.0
NOWHERE = "unix:///nowhere"


class Doorbell:
    """A Redis that may be gone: every use has a fallback."""

    def __init__(self, settings: Settings) -> None:
        """Connect at the first use."""
        self._settings = settings
        self.client = connect(settings, patience=PATIENCE)
        self._quiet_until = 0.0

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Wait for longer in here, for a person who wants to know."""
        hurried, self.client = self.client, connect(self._settings, patience=PATIENT)
        try:
            yield
        finally:
            self.client = hurried

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


def connect(settings: Settings, *, patience: float | None = None) -> redis.Redis:
    """A client, with sentinels one of the master of the moment; with a patience in seconds it never waits longer."""
    if settings.redis_sentinels:
        return sentinels.master(settings, patience=patience)
    url = settings.redis_url or NOWHERE
    return redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=min(patience or 5, 5))


def wait_for(client: redis.Redis) -> None:
    """Return when it answers; a program that starts while there is no master does not start in vain."""
    pause = Event()
    while True:
        try:
            client.ping()
            return
        except redis.RedisError as error:
            log.warning("redis is waited for", fault=type(error).__name__)
        pause.wait(PAUSE)


def keeping() -> dict[str, Any] | None:
    """What Redis says of its version, its memory, and what it writes down; None when it does not answer."""
    sections = ("server", "memory", "persistence")
    return doorbell().ask(lambda client: {k: v for each in sections for k, v in client.info(each).items()}, None)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its Redis."""
    app.extensions["holdfast.redis"] = Doorbell(settings)


def doorbell() -> Doorbell:
    """The Redis of this application."""
    found: Doorbell = current_app.extensions["holdfast.redis"]
    return found
