"""Looks at one subject again and again while somebody watches it, or reads what another process saw.

One look follows another, with at least as long a pause as the look took: a slow database is asked half the time at
most, and one that hangs holds up this subject alone.
"""

from threading import Event, Thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import monotonic
from app.core.errors import AppError
from app.core.live import measures
from app.core.live.board import Board
from app.core.live.shared import Shared
from app.core.streams import Snapshot, Stream, look_alone

log = structlog.get_logger("holdfast.live")

# Without Redis every process looks for itself, and each of them less often.
ALONE_SECONDS = 1.0
LEASE_SECONDS, LEASE_LOOKS = 1.5, 3


class Maker:
    """One subject: its board, and the thread that keeps it."""

    def __init__(self, app: Flask, stream: Stream, subject: int, every: float) -> None:
        """Nothing runs yet."""
        self.board, self.watchers = Board(), 0
        self._app, self._stream, self._subject, self._every = app, stream, subject, every
        lease = max(LEASE_SECONDS, every * LEASE_LOOKS)
        self._shared = Shared(app.extensions["holdfast.redis"], f"{stream.name}:{subject}", lease)
        self._over = Event()

    def start(self) -> None:
        """Look until nobody watches any more."""
        Thread(target=self._run, name=f"live-{self._stream.name}", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.is_set() and not self.board.over:
            began = monotonic()
            every = self._guarded()
            self._over.wait(max(every - (monotonic() - began), monotonic() - began))
        self._shared.give_up()

    def _guarded(self) -> float:
        """One round; a fault of it is one of this subject and this moment."""
        try:
            return self._round()
        except AppError as refusal:
            if refusal.status == 404:
                self.board.end()
            self._failed(refusal)
        except SQLAlchemyError as fault:
            self._failed(fault)
        except Exception:  # one fault ends this look and not those that follow
            log.exception("a snapshot is broken", stream=self._stream.name, subject=self._subject)
        return max(self._every, ALONE_SECONDS)

    def _round(self) -> float:
        turn = self._shared.turn()
        if turn is not None and not turn.mine:
            if turn.seen is not None:
                self.board.show(turn.seen)
            return self._every
        seen = self._look()
        self.board.show(seen)
        if turn is None:
            return max(self._every, ALONE_SECONDS)
        self._shared.leave(seen)
        return self._every

    def _look(self) -> Snapshot:
        with measures.SNAPSHOT_SECONDS.labels(self._stream.name).time():
            return look_alone(self._app, self._stream, self._subject)

    def _failed(self, fault: Exception) -> None:
        """Another process may fare better."""
        log.warning("no snapshot", stream=self._stream.name, subject=self._subject, fault=type(fault).__name__)
        self._shared.give_up()
