"""While commits wait for a synchronous standby that is gone, nobody begins another.

Who waits costs a thread until `app.core.patience` hangs up, and a session of PostgreSQL, with its locks, until the
standby is back. If everybody tried, there would soon be no session left to read with. So as soon as a line was hung
up on, a thread asks PostgreSQL whether commits wait for a standby, and again until none does: those that were hung up
on are among them, so the first moment without any is the end of it. It asks too when somebody waited for a lock in
vain: whoever holds it may be one of those, left by another process, and nobody here would ever come as far as a commit.
Meanwhile whoever is about to write is told that the database does not answer. Nothing is decided by it: who writes all
the same waits as before, and a process that cannot ask refuses nobody.
"""

from threading import Event, Thread

import psycopg2
import structlog

from app.core import patience
from app.core.address import address
from app.core.errors import DatabaseUnavailable
from app.core.settings import Settings

log = structlog.get_logger("holdfast.db")

ASKS_EVERY = 0.5
# A commit of a busy server waits for its standby too, but not for so long.
WAITING = """
    SELECT query_start FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND query_start < clock_timestamp() - interval '1 second'
"""

_writes_stand_still = Event()


def refuse() -> None:
    """Refuse whoever is about to write."""
    if _writes_stand_still.is_set():
        raise DatabaseUnavailable


def keep_watch(settings: Settings) -> None:
    """Watch for as long as this process lives."""
    Thread(target=_keep_watch, args=(settings.database_url,), name="standstill", daemon=True).start()


def _keep_watch(url: str) -> None:
    pause = Event()
    while patience.IN_VAIN.wait():
        patience.IN_VAIN.clear()
        try:
            _until_none_waits(url, pause)
        except psycopg2.Error as fault:
            log.warning("whether commits wait cannot be told", fault=type(fault).__name__)
        finally:
            _writes_stand_still.clear()
        pause.wait(ASKS_EVERY)


def _until_none_waits(url: str, pause: Event) -> None:
    connection = address(url).connect(application_name="holdfast", connect_timeout=3, **patience.FACTORIES)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            while _are_waiting(cursor):
                if not _writes_stand_still.is_set():
                    log.warning("commits wait for a standby: writes are refused")
                    _writes_stand_still.set()
                pause.wait(ASKS_EVERY)
    finally:
        connection.close()


def _are_waiting(cursor: patience.PatientCursor) -> bool:
    cursor.execute(f"SELECT EXISTS ({WAITING})")
    ((waiting,),) = cursor.fetchall()
    return bool(waiting)
