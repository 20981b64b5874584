"""A statement that is marked is prepared once in each connection, and answers as it would otherwise."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.core.db import sqlalchemy_url
from app.core.errors import Busy
from app.core.sqlstate import translated

THEIRS = text("SELECT statement FROM pg_prepared_statements")
SUM = text("SELECT :a ::int + :b ::int + :a ::int AS total, '100%' AS rate").execution_options(prepared=True)


@pytest.fixture
def engine(db_url: str) -> Iterator[Engine]:
    made = create_engine(sqlalchemy_url(db_url), pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def total(connection: Connection, a: int, b: int) -> tuple[int, str]:
    row = connection.execute(SUM, {"a": a, "b": b}).one()
    return row.total, row.rate


def prepared(connection: Connection) -> int:
    return len(connection.execute(THEIRS).all())


def test_it_is_prepared_once_and_gives_each_its_own_answer(engine: Engine) -> None:
    with engine.connect() as connection:
        assert [total(connection, a, 1) for a in range(9)] == [(2 * a + 1, "100%") for a in range(9)]
        assert prepared(connection) == 1
    with engine.connect() as again:
        assert total(again, 1, 1) == (3, "100%")
        assert prepared(again) == 1


def test_what_is_not_marked_is_sent_as_text(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        assert prepared(connection) == 0


def test_it_outlives_a_transaction_that_is_rolled_back(engine: Engine) -> None:
    with engine.connect() as connection:
        total(connection, 1, 1)
        connection.rollback()
        assert total(connection, 2, 2) == (6, "100%")
        assert prepared(connection) == 1


def test_a_connection_that_was_lost_is_followed_by_one_that_prepares_anew(engine: Engine) -> None:
    with engine.connect() as connection:
        total(connection, 1, 1)
        connection.invalidate()
    with engine.connect() as another:
        assert total(another, 1, 1) == (3, "100%")
        assert prepared(another) == 1


def test_a_statement_without_parameters_can_be_prepared_too(engine: Engine) -> None:
    with engine.connect() as connection:
        asked = text("SELECT 7").execution_options(prepared=True)
        assert [connection.scalar(asked) for _ in range(2)] == [7, 7]
        assert prepared(connection) == 1


@pytest.fixture
def table(db_url: str) -> Iterator[Any]:
    with closing(psycopg2.connect(db_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("DROP TABLE IF EXISTS dialect_probe; CREATE TABLE dialect_probe AS SELECT 1 AS a")
        yield cursor
        cursor.execute("DROP TABLE dialect_probe")


EVERYTHING = text("SELECT * FROM dialect_probe").execution_options(prepared=True)


def test_a_statement_that_stands_alone_is_prepared_anew_when_its_columns_change(engine: Engine, table: Any) -> None:
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        assert tuple(connection.execute(EVERYTHING).one()) == (1,)
        table.execute("ALTER TABLE dialect_probe ADD b int DEFAULT 2")
        assert tuple(connection.execute(EVERYTHING).one()) == (1, 2)
        assert prepared(connection) == 1


def test_a_transaction_whose_columns_change_is_asked_to_come_back(engine: Engine, table: Any) -> None:
    with engine.connect() as connection:
        connection.execute(EVERYTHING)
        connection.rollback()
        table.execute("ALTER TABLE dialect_probe ADD b int DEFAULT 2")
        with pytest.raises(DBAPIError) as fault:
            connection.execute(EVERYTHING)
        assert isinstance(translated(fault.value), Busy)
    with engine.connect() as another:
        assert tuple(another.execute(EVERYTHING).one()) == (1, 2)
