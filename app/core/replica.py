"""Reports are read from a replica, as long as one is there that is hardly behind.

A view that is marked `unit("report")` reads and decides nothing: analytics, exports, the audit log, the daily report.
Who asks is read from the primary all the same. The view runs on the replica; if that does not answer, or has to cancel
the statement because it stands in the way of what it replays, the view runs once more on the primary, and the replica
is left alone for a while.

How old the replica is, is measured by positions in the log, and never by clocks: a thread of each web process asks the
primary once a second how far its log is, and the replica how far it has replayed. What the replica shows is as of the
latest moment whose position it has passed. So an idle primary is no lag, and a replica that is cut off, stands still or
hangs grows old by itself. One that is no replica any more, since it was promoted, is not asked.

Behind one address there may be several servers, and the one that was measured need not be the one that is read. So each
report first asks its own connection whether that server has passed the same position, and else goes to the primary.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import NamedTuple, TypeVar

import structlog
from flask import Flask, current_app, g
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import db, dialect
from app.core.clock import monotonic
from app.core.errors import DatabaseUnavailable
from app.core.settings import Settings
from app.core.sqlstate import translated

log = structlog.get_logger("holdfast.replica")

Answer = TypeVar("Answer")
CONNECTIONS = 4
LOOKS_EVERY = 1.0
PAUSE = 2.0  # for so long one that failed is left alone, and a look may take no longer
REMEMBERED = 600
TOLD_AFTER = 5.0
CONFLICT = "40001"

_PRIMARY = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, clock_timestamp()")
_REPLICA = text("""
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END
""")


class Mark(NamedTuple):
    """How far the primary's log was at a moment, by the database's clock and by ours."""

    position: int
    moment: datetime
    at: float

    @property
    def age(self) -> float:
        """For how many seconds it has been past."""
        return monotonic() - self.at


class Replica:
    """One replica, and how far this process knows it to be."""

    def __init__(self, engine: Engine, most_seconds: float) -> None:
        """Nothing is known yet, so it is not asked."""
        self.engine, self._most = engine, most_seconds
        self._marks: deque[Mark] = deque(maxlen=REMEMBERED)
        self._shown: Mark | None = None
        self._looks_since: float | None = None
        self._quiet_until = 0.0

    def look(self) -> None:
        """See how far primary and replica are; where one does not answer what is known grows old."""
        self._looks_since = monotonic()
        try:
            with db.statement():
                self._mark(db.connection(), self._looks_since)
            self._passed(self.position())
        except SQLAlchemyError as fault:
            self._quiet_until = monotonic() + PAUSE
            log.warning("how far the replica is cannot be told", fault=type(fault).__name__)
        finally:
            self._looks_since = None

    def position(self) -> int | None:
        """How far it has replayed; None when it is no replica."""
        with db.statement(self.engine):
            return self.reached()

    def reached(self) -> int | None:
        """The same of the server that this unit speaks with."""
        found: int | None = db.connection().execute(_REPLICA).scalar_one()
        return found

    def has_passed(self, mark: Mark) -> bool:
        """Whether the server that this unit speaks with shows everything of this moment."""
        reached = self.reached()
        return reached is not None and reached >= mark.position

    def behind(self) -> int | None:
        """How many bytes of the primary's log it has not replayed yet; None when it is no replica."""
        with db.statement():
            primary = db.connection().execute(_PRIMARY).one()[0]
        replayed = self.position()
        return None if replayed is None else max(primary - replayed, 0)

    def shows(self) -> Mark | None:
        """As of when it shows everything; None while it is not to be asked."""
        now, shown, looking = monotonic(), self._shown, self._looks_since
        silent = looking is not None and now - looking > PAUSE
        return None if silent or now < self._quiet_until or shown is None or shown.age > self._most else shown

    def failed(self, fault: SQLAlchemyError) -> bool:
        """Whether this is a fault of the replica, so that the primary is to be asked."""
        if getattr(getattr(fault, "orig", None), "pgcode", None) == CONFLICT:
            return True
        if not isinstance(fault, PoolTimeout) and not isinstance(translated(fault), DatabaseUnavailable):
            return False
        self._quiet_until = monotonic() + PAUSE
        log.warning("the replica does not answer", fault=type(fault).__name__)
        return True

    def _mark(self, primary: Connection, at: float) -> None:
        position, moment = primary.execute(_PRIMARY).one()
        if self._marks and position < self._marks[-1].position:
            self._marks.clear()  # another server is primary now, and its log had not come so far
        self._marks.append(Mark(position, moment, at))

    def _passed(self, replayed: int | None) -> None:
        if replayed is None:
            self._shown = None
            return
        while self._marks and self._marks[0].position <= replayed:
            self._shown = self._marks.popleft()


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its replica, if there is one; it has a small pool of its own."""
    app.extensions["holdfast.replica"] = None
    if settings.database_read_url:
        creator = db.creator(settings, settings.database_read_url, settings.statement_timeout_ms)
        patience = settings.pool_timeout_ms / 1000
        pool = {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_timeout": patience, "hide_parameters": True}
        engine = create_engine(f"{dialect.NAME}://", creator=creator, **pool)
        app.extensions["holdfast.replica"] = Replica(engine, settings.database_read_lag_seconds)


def replica() -> Replica | None:
    """The replica of this application."""
    found: Replica | None = current_app.extensions["holdfast.replica"]
    return found


def keep_looking(app: Flask) -> None:
    """Look for as long as this process lives."""
    if app.extensions["holdfast.replica"]:
        Thread(target=_keep_looking, args=(app,), name="replica", daemon=True).start()


def _keep_looking(app: Flask) -> None:
    pause = Event()
    while True:
        with app.app_context():
            app.extensions["holdfast.replica"].look()
        pause.wait(LOOKS_EVERY)


def report(read: Callable[[], Answer]) -> Answer:
    """What is read, from the replica or from the primary; it may be read twice."""
    one, g.data_as_of = replica(), None
    g.data_as_of = one.shows() if one else None
    if one and g.data_as_of:
        try:
            with db.statement(one.engine):
                if one.has_passed(g.data_as_of):
                    return read()
        except SQLAlchemyError as fault:
            if not one.failed(fault):
                raise
    g.data_as_of = None
    with db.statement():
        return read()


def data_as_of() -> Mark | None:
    """As of when the answer is that is being made; None when it is of now."""
    found: Mark | None = g.get("data_as_of")
    return found


def late() -> Mark | None:
    """The same, when it is so long ago that somebody who looks at a page should know."""
    shown = data_as_of()
    return shown if shown and shown.age > TOLD_AFTER else None
