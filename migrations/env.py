"""How Alembic runs here: one migrator at a time, and nobody who sells waits behind it.

Whoever asks for a table waits behind an ALTER that waits for a long reader. So a migration gives its lock up before a
request would, and begins anew after a pause in which those who queued get their turn: what it has done is rolled back,
and those before it are kept. What may wait long, because nobody queues behind it, says so (`app.core.expanding`).
"""

from threading import Event

import structlog
from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from app.core import clock
from app.core.address import engine as engine_of
from app.core.db import Base
from app.core.errors import DatabaseUnavailable
from app.core.sqlstate import words

log = structlog.get_logger("holdfast.migrations")

ONE_AT_A_TIME, ASKED_EVERY = 4_207_849_484, 0.2
# A request waits for three locks of a migration, one after the other, before it gives up.
SHARE = 3
IN_USE = {"55P03", "40P01"}
TRIED_EVERY, TRIED_FOR = 1.0, 600.0
OLDEST = text("""
    SELECT pid, round(extract(epoch FROM clock_timestamp() - xact_start))::int AS seconds FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 1
""")


def include_object(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001, ARG001 - Alembic's own signature
    """Partitions are made by their table's own function, not by models."""
    return not (kind == "table" and reflected and compare_to is None and (name or "").startswith("audit_log_"))


def _wait_for_our_turn(connection: Connection) -> None:
    """Asked again and again: an index that another builds concurrently waits for all who are within a statement."""
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ONE_AT_A_TIME}):
        connection.rollback()
        Event().wait(ASKED_EVERY)
    connection.commit()


def _migrate(connection: Connection) -> None:
    """Run the wanted migrations that were not run yet, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _migrate_when_nobody_is_in_the_way(connection: Connection) -> None:
    until = clock.monotonic() + TRIED_FOR
    while True:
        try:
            return _migrate(connection)
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) not in IN_USE or clock.monotonic() > until:
                raise
            connection.rollback()
            _tell(connection, error)
        Event().wait(TRIED_EVERY)


def _tell(connection: Connection, error: OperationalError) -> None:
    """What could not be done, and who has been in a transaction for longest, who may be the one in the way."""
    oldest = connection.execute(OLDEST).mappings().first()
    connection.rollback()
    log.warning("a table is in use, trying again", statement=error.statement, oldest_transaction=dict(oldest or {}))


def _connected(engine: Engine) -> Connection:
    """A connection; that there is none is told as Alembic tells what it refuses, in a sentence."""
    try:
        return engine.connect()
    except OperationalError as error:
        raise CommandError(f"{DatabaseUnavailable.detail} It said: {words(error.orig)}") from error


def run() -> None:
    """Everything that `flask db` asks of Alembic."""
    settings = current_app.extensions["holdfast.settings"]
    options = f"-c lock_timeout={settings.lock_timeout_ms // SHARE} -c timezone=UTC"
    engine = engine_of(settings.database_url, options=options, connect_timeout=5)
    with _connected(engine) as connection:
        _wait_for_our_turn(connection)
        _migrate_when_nobody_is_in_the_way(connection)
    engine.dispose()


run()
