"""No thread waits for PostgreSQL for much longer than PostgreSQL itself works on a statement.

`statement_timeout` ends what PostgreSQL works on. It ends neither the wait of a commit for a synchronous standby that
is gone, nor that for a server which hangs while its machine still answers for it. So a watch hangs up on a connection
that has said nothing for a while longer; the request is told that the database does not answer.

It never cancels: a commit whose wait is cancelled says that it was done while no standby has it. One that was hung up
on goes on waiting, holds its locks, and is to be seen by nobody before the standby has it. What became of it tells a
retry under the same Idempotency-Key.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, cast
from weakref import WeakValueDictionary

import psycopg2
import structlog
from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import connection, cursor

from app.core.clock import monotonic

log = structlog.get_logger("holdfast.db")

# Beyond what a statement may take; a commit has as long.
GRACE = 3.0
LOOKS_EVERY = 0.5


class Patient(connection):
    """A connection that knows since when it waits, and for how long it may, if not as long as usual."""

    waits_since: float | None = None
    may_wait: float | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Let the watch see it."""
        super().__init__(*args, **options)
        OPEN[id(self)] = self


class PatientCursor(cursor):
    """What asks on such a connection."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's own name
        """Ask."""
        asked = cast("Patient", self.connection)
        asked.waits_since = monotonic()
        try:
            super().execute(query, vars)
        except LockNotAvailable:
            IN_VAIN.set()
            raise
        finally:
            asked.waits_since = None

    def executemany(self, query: Any, vars_list: Any) -> None:
        """Ask for each of them, one statement after the other."""
        for each in vars_list:
            self.execute(query, each)


OPEN: WeakValueDictionary[int, Patient] = WeakValueDictionary()
# Set whenever somebody waited in vain: for an answer, so that the line was hung up on, or for a lock.
IN_VAIN = Event()
FACTORIES = {"connection_factory": Patient, "cursor_factory": PatientCursor}


@contextmanager
def ending(transaction_of: Any) -> Iterator[None]:
    """The end of a transaction is waited for as usual, whatever it was allowed."""
    transaction_of.may_wait, transaction_of.waits_since = None, monotonic()
    try:
        yield
    finally:
        transaction_of.waits_since = None


def longer(on: Any, seconds: float) -> None:
    """Whatever is asked on this connection may take so long until its transaction ends."""
    if isinstance(on, Patient):
        on.may_wait = seconds + GRACE


def keep_watch(statement_timeout_ms: int) -> None:
    """Watch the connections for as long as this process lives."""
    usual = statement_timeout_ms / 1000 + GRACE
    Thread(target=_keep_watch, args=(usual,), name="patience", daemon=True).start()


def _keep_watch(usual: float) -> None:
    pause = Event()
    while not pause.wait(LOOKS_EVERY):
        look(usual)


def look(usual: float) -> None:
    """Hang up on every connection that waits for too long."""
    now = monotonic()
    for reference in OPEN.valuerefs():
        waiting = reference()
        since = waiting.waits_since if waiting else None
        if waiting is not None and since is not None and now - since > (waiting.may_wait or usual):
            log.warning("the database is silent: hung up", seconds=round(now - since, 1))
            _hang_up(waiting, since)
            IN_VAIN.set()


def _hang_up(waiting: Patient, since: float) -> None:
    """Close the line beneath libpq, whose thread is told as if the server had; not when it has just answered."""
    with suppress(OSError, psycopg2.Error):
        number = waiting.fileno()
        with socket.socket(fileno=os.dup(number)) as line:
            if waiting.waits_since == since and waiting.fileno() == number:
                line.shutdown(socket.SHUT_RDWR)
