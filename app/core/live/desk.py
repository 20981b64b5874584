"""Who watches what in this process, and how many they may be."""

from collections import Counter
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any, Protocol

from flask import Flask

from app.core.live import measures
from app.core.live.board import Board
from app.core.live.errors import LiveFull, TooManyStreams
from app.core.live.maker import Maker
from app.core.settings import Settings
from app.core.streams import Stream

Subject = tuple[str, int]


class Closable(Protocol):
    """What lets go of everybody who waits."""

    def close(self) -> None:
        """Let them go."""


class Desk:
    """Seats of users, and a maker for each subject that is watched."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Nobody watches yet."""
        self.settings, self.closing = settings, Event()
        self._app, self._lock = app, Lock()
        self._seats: Counter[int] = Counter()
        self._makers: dict[Subject, Maker] = {}
        self._kept: dict[str, Any] = {}

    @property
    def taken(self) -> int:
        """How many streams are open."""
        return self._seats.total()

    def sit(self, user_id: int, stream: str) -> None:
        """Take a seat, or be told why there is none."""
        with self._lock:
            if self._seats[user_id] >= self.settings.live_streams_per_user:
                raise TooManyStreams(limit=self.settings.live_streams_per_user)
            if self.taken >= self.settings.live_streams:
                raise LiveFull(limit=self.settings.live_streams)
            self._seats[user_id] += 1
        measures.OPEN.labels(stream).inc()

    def rise(self, user_id: int, stream: str) -> None:
        """Give the seat back."""
        with self._lock:
            self._seats[user_id] -= 1
            self._seats += Counter()  # whoever has none is forgotten
        measures.OPEN.labels(stream).dec()

    def watch(self, stream: Stream, subject: int) -> Board:
        """The board of a subject, which is looked at from now on."""
        with self._lock:
            maker = self._makers.get((stream.name, subject))
            if maker is None or maker.board.over:
                every = max(stream.seconds, self.settings.live_snapshot_seconds)
                maker = self._makers[stream.name, subject] = Maker(self._app, stream, subject, every)
                maker.start()
            maker.watchers += 1
            return maker.board

    def leave(self, stream: Stream, subject: int, board: Board) -> None:
        """Watch it no more; what nobody watches is not looked at."""
        with self._lock:
            maker = self._makers.get((stream.name, subject))
            if maker is None or maker.board is not board:
                return
            maker.watchers -= 1
            if not maker.watchers:
                del self._makers[stream.name, subject]
                maker.stop()

    def kept(self, name: str, make: Callable[[], Closable]) -> Any:
        """What a domain needs once in this process; it is closed at the end."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]

    def close_when(self, ending: Callable[[], bool], seconds: float = 0.1) -> None:
        """End every stream as soon as the process is asked to end."""
        Thread(target=self._close_when, args=(ending, seconds), name="live-end", daemon=True).start()

    def close(self) -> None:
        """End every stream."""
        self.closing.set()
        with self._lock:
            boards, kept = [maker.board for maker in self._makers.values()], list(self._kept.values())
        for board in boards:
            board.end()
        for each in kept:
            each.close()

    def _close_when(self, ending: Callable[[], bool], seconds: float) -> None:
        pause = Event()
        while not ending():
            pause.wait(seconds)
        self.close()
