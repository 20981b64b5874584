"""How Alembic runs here: one migrator at a time, short lock waits, no statement limit."""

from threading import Event

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, pool, text

from app.core.db import Base, sqlalchemy_url

ONE_AT_A_TIME, ASKED_EVERY = 4_207_849_484, 0.2


def include_object(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001, ARG001 - Alembic's own signature
    """Partitions are made by their table's own function, not by models."""
    return not (kind == "table" and reflected and compare_to is None and (name or "").startswith("audit_log_"))


def _wait_for_our_turn(connection: Connection) -> None:
    """Asked again and again: an index that another builds concurrently waits for all who are within a statement."""
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ONE_AT_A_TIME}):
        connection.rollback()
        Event().wait(ASKED_EVERY)
    connection.commit()


def run() -> None:
    """Run the wanted migrations, each in a transaction of its own."""
    url = sqlalchemy_url(current_app.extensions["holdfast.settings"].database_url)
    engine = create_engine(
        url,
        poolclass=pool.NullPool,
        connect_args={"options": "-c lock_timeout=2000 -c timezone=UTC", "connect_timeout": 5},
    )
    with engine.connect() as connection:
        _wait_for_our_turn(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            transaction_per_migration=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
