"""Work that is done once for all who wait for it, again and again while somebody does."""

from collections.abc import Callable
from threading import Event, Thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.errors import AppError

log = structlog.get_logger("holdfast.live")


class Rounds:
    """A thread while it is needed; each round is a unit of single statements."""

    def __init__(self, app: Flask, name: str, seconds: float, work: Callable[[], bool]) -> None:
        """`work` does one round, and answers whether there is to be another."""
        self._app, self._name, self._seconds, self._work = app, name, seconds, work

    def start(self) -> None:
        """Begin, with a round at once."""
        Thread(target=self._run, name=f"live-{self._name}", daemon=True).start()

    def _run(self) -> None:
        pause = Event()
        while self._guarded():
            pause.wait(self._seconds)

    def _guarded(self) -> bool:
        """What fails now is tried again in the next round."""
        try:
            with self._app.app_context(), db.statement():
                return self._work()
        except (AppError, SQLAlchemyError) as fault:
            log.warning("nothing could be looked up", rounds=self._name, fault=type(fault).__name__)
        except Exception:  # one fault ends this round and not those that follow
            log.exception("a round is broken", rounds=self._name)
        return True
