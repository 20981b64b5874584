"""Asking PostgreSQL and Redis whether they are there, within a second, whatever they do."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from threading import Lock

from app.core.address import address
from app.core.redis import connect
from app.core.settings import Settings

PATIENCE = 0.7


class Probe:
    """One question at a time in a thread of its own; one that hangs is not asked twice."""

    def __init__(self, ask: Callable[[], None]) -> None:
        """Ask nothing yet."""
        self._ask = ask
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="probe")
        self._lock = Lock()
        self._running: Future[None] | None = None

    def answers(self) -> bool:
        """Whether the other side answered in time."""
        return self.fault() is None

    def fault(self) -> BaseException | None:
        """What kept the other side from answering in time."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._pool.submit(self._ask)
            running = self._running
        try:
            return running.exception(timeout=PATIENCE)
        except TooLate as late:
            return late


def postgres(settings: Settings) -> Probe:
    """Whether the database is there, on a connection of its own, so that a full pool does not count as down."""

    def ask() -> None:
        connection = address(settings.database_url).connect(connect_timeout=2, application_name="holdfast ready")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        finally:
            connection.close()

    return Probe(ask)


def redis(settings: Settings) -> Probe:
    """Whether Redis is there and takes writes."""

    def ask() -> None:
        with connect(settings, patience=PATIENCE) as client:
            client.set("holdfast:ready", 1, ex=60)

    return Probe(ask)
