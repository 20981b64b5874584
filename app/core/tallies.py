"""Counts that are too many to write down one by one: kept in the process, written down together after a moment.

What is counted since the last write is lost when the process is killed; a process that ends in peace writes it down.
What cannot be written now is kept for the next try.
"""

import atexit
import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.errors import AppError
from app.core.web import settings_of

log = structlog.get_logger("holdfast.tallies")

Key = TypeVar("Key", bound=Hashable)


class Tally(Generic[Key]):
    """How often each key was counted since the last write."""

    def __init__(self, write: Callable[[Mapping[Key, int]], None]) -> None:
        """`write` adds counts to what the database has; it runs in a transaction of its own."""
        self._write = write
        self._counts: Counter[Key] = Counter()
        self._lock = Lock()
        self._some = Event()
        self._process = 0

    def add(self, key: Key) -> None:
        """Count one."""
        with self._lock:
            self._counts[key] += 1
            if self._process != os.getpid():
                self._start(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's own way
        self._some.set()

    def flush(self, app: Flask) -> None:
        """Write down what was counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with app.app_context(), db.transaction():
                self._write(counts)
        except (AppError, SQLAlchemyError) as fault:
            log.warning("counts are kept for the next try", fault=type(fault).__name__)
            with self._lock:
                self._counts.update(counts)

    def _start(self, app: Flask) -> None:
        """A thread of this process: a fork has none of its parent's."""
        self._process, self._some = os.getpid(), Event()
        Thread(target=self._run, args=(app, settings_of(app).tally_seconds), name="tally", daemon=True).start()
        atexit.register(self.flush, app)

    def _run(self, app: Flask, seconds: float) -> Any:
        pause = Event()
        while True:
            self._some.wait()
            self._some.clear()
            pause.wait(seconds)
            self.flush(app)
