"""The database: one session, two named ways to use it, one commit at the edge.

`transaction` is one unit of work: everything in it is kept by the single commit at its end, or nothing is. A refusal
rolls it back, save those few error classes that are marked `commits`. `statement` is AUTOCOMMIT: reads, and hot verbs
whose SQL function is the whole transaction. Nobody but these two commits; the web edge, the job runner and the CLI
open them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import structlog
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, CursorResult, Engine, MetaData, Result
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from app.core import dialect, patience, standstill
from app.core.address import address
from app.core.errors import AppError
from app.core.settings import Settings
from app.core.sqlstate import translated

log = structlog.get_logger("holdfast.db")

Answer = TypeVar("Answer")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# A server that is gone without a word is noticed within seconds (over TCP; a local socket tells at once).
GIVE_UP = {
    "fallback_application_name": "holdfast",  # a web process names itself: `app.core.presence`
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 9000,
}


class Base(DeclarativeBase):
    """The one base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


class Line:
    """The one connection of a `statement` unit, in AUTOCOMMIT; it is taken at the first statement."""

    def __init__(self, engine: Engine | None) -> None:
        """Nothing is taken yet."""
        self.engine = engine
        self.taken: Connection | None = None

    def connection(self) -> Connection:
        """The connection."""
        if self.taken is None:
            self.taken = _autocommitting(self.engine or db.engine).connect()
        return self.taken

    def close(self) -> None:
        """Give it back."""
        if self.taken is not None:
            self.taken.close()


_line: ContextVar[Line | None] = ContextVar("line", default=None)
_afterwards: ContextVar[list[Callable[[], object]] | None] = ContextVar("afterwards", default=None)


class UnitSession(FlaskSession):
    """A session that speaks through the line of its `statement` unit while one is open."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """What this unit's statements go to."""
        line = _line.get()
        return super().get_bind(*args, **kwargs) if line is None else line.connection()


@lru_cache(maxsize=16)
def _autocommitting(engine: Engine) -> Engine:
    """The same pool in AUTOCOMMIT."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"class_": UnitSession, "expire_on_commit": False}
)


# A plan that was made while a table was nearly empty is kept until the table is analysed, and a sale fills it before:
# whatever has an index goes by it from the first row on. Statements of ours are too short to be compiled.
PLANS = "-c enable_seqscan=off -c jit=off"


# Beside its threads a process has a few that ask now and then.
OVERFLOW = 2


def init_app(app: Flask, settings: Settings, *, statement_timeout_ms: int) -> None:
    """Bind the engine."""
    url = settings.database_url
    app.config["SQLALCHEMY_DATABASE_URI"] = f"{dialect.NAME}://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": settings.web_threads,
        "max_overflow": OVERFLOW,
        "pool_timeout": settings.pool_timeout_ms / 1000,
        "hide_parameters": True,  # what was typed or hashed stands in no log line and no dead letter
        "creator": creator(settings, url, statement_timeout_ms) if url else _no_database,
    }
    db.init_app(app)


def creator(settings: Settings, url: str, statement_timeout_ms: int) -> Callable[[], Any]:
    """What makes a connection for a pool; every one carries its timeouts."""
    options = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={settings.lock_timeout_ms} -c timezone=UTC"
        f" -c idle_in_transaction_session_timeout=60000 {PLANS}"
    )
    return partial(address(url).connect, options=options, **GIVE_UP, **patience.FACTORIES)


def _no_database() -> None:
    raise SystemExit("There is no database: start `make run` in another terminal, or set DATABASE_URL.")


def session() -> Session:
    """The session of this unit."""
    return db.session()


def connection() -> Connection:
    """The connection of this unit; in a `statement` it needs no session."""
    line = _line.get()
    return session().connection() if line is None else line.connection()


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work with one commit at its end."""
    standstill.refuse()
    acts: list[Callable[[], object]] = []
    before = _afterwards.set(acts)
    try:
        yield session()
        db.session.commit()
    except AppError as refusal:
        if refusal.commits:
            db.session.commit()
        raise
    finally:
        db.session.remove()
        _afterwards.reset(before)
    for act in acts:
        act()


@contextmanager
def statement(engine: Engine | None = None) -> Iterator[Session]:
    """AUTOCOMMIT: each statement stands alone; connection and session are made when they are needed."""
    line = Line(engine)
    before = _line.set(line)
    try:
        yield cast("Session", db.session)
    finally:
        db.session.remove()
        line.close()
        _line.reset(before)


@contextmanager
def reading_all() -> Iterator[None]:
    """Statements in here may read whole tables: where most rows are wanted, that is faster than by an index."""
    speak, failed = connection(), True
    speak.exec_driver_sql("SET enable_seqscan = on")
    try:
        yield
        failed = False
    finally:
        if standing_alone() or not failed:  # a transaction that failed takes the setting back by itself
            speak.exec_driver_sql("RESET enable_seqscan")


def take_longer(seconds: int) -> None:
    """The statements of this transaction may take so long."""
    speak = connection()
    speak.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
    patience.longer(speak.connection.dbapi_connection, seconds)


def answered(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """What the database answers; if it does not, the other thing, and the next question can be asked."""
    try:
        return ask()
    except SQLAlchemyError as error:
        log.warning("the database did not answer", fault=type(error).__name__)
        db.session.rollback()
        return otherwise


@contextmanager
def refusing() -> Iterator[None]:
    """What the database refuses in here is raised as the application's own error."""
    try:
        yield
    except SQLAlchemyError as error:
        refusal = translated(error)
        if refusal is None:
            raise
        raise refusal from error


def flush() -> None:
    """Send what is pending now, so that a refusal of the database is raised here."""
    with refusing():
        session().flush()


def after_commit(act: Callable[[], object]) -> None:
    """Do this when what was written so far is kept, and never when it is not; nothing may depend on it."""
    waiting = _afterwards.get()
    if waiting is None or standing_alone():
        act()
    else:
        waiting.append(act)


def standing_alone() -> bool:
    """Whether each statement stands alone here, so that one that was refused is followed by others."""
    return _line.get() is not None


def rows_of(result: Result[Any]) -> int:
    """How many rows a change touched."""
    return cast("CursorResult[Any]", result).rowcount
