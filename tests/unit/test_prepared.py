"""A statement that is prepared is planned once in each connection, and answers as it would otherwise."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from sqlalchemy import bindparam, event, func, select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from app.core import db
from app.core.errors import Busy, DatabaseUnavailable
from app.core.prepared import Prepared
from app.core.sqlstate import translated
from app.core.web import HoldfastApp

THEIRS = text("SELECT statement FROM pg_prepared_statements WHERE from_sql")
SUM = Prepared(text("SELECT :a ::int + :b ::int + :a ::int AS total, '100%' AS rate"))
EVERYTHING = Prepared(text("SELECT * FROM prepared_probe"))


@pytest.fixture(autouse=True)
def alone(app: HoldfastApp) -> Iterator[None]:
    """One connection that nobody used before, and that every unit gives back."""
    with app.app_context():
        db.db.engine.dispose()
        yield
        assert db.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def total(a: int, b: int) -> tuple[int, str]:
    row = SUM.one(a=a, b=b)
    return row.total, row.rate


def prepared() -> int:
    return len(db.session().execute(THEIRS).all())


def test_it_is_prepared_once_and_gives_each_its_own_answer() -> None:
    with db.statement():
        assert [total(a, 1) for a in range(9)] == [(2 * a + 1, "100%") for a in range(9)]
        assert prepared() == 1
    with db.transaction():
        assert total(1, 1) == (3, "100%")
        assert prepared() == 1


def test_what_is_not_marked_is_sent_as_text() -> None:
    with db.statement():
        db.session().execute(text("SELECT 1"))
        assert prepared() == 0


def test_it_outlives_a_transaction_that_is_rolled_back() -> None:
    with db.transaction():
        total(1, 1)
        db.session().rollback()
        assert total(2, 2) == (6, "100%")
        assert prepared() == 1


def test_a_connection_that_was_lost_is_followed_by_one_that_prepares_anew() -> None:
    with db.statement():
        total(1, 1)
        held = db.connection()
        held.invalidate()
    assert held.closed
    with db.statement():
        assert total(1, 1) == (3, "100%")
        assert prepared() == 1


@pytest.mark.parametrize("unit", [db.statement, db.transaction])
def test_a_connection_that_ends_meanwhile_is_refused_and_replaced(unit: Any, db_url: str) -> None:
    with closing(psycopg2.connect(db_url)) as other, other.cursor() as cursor, unit():
        backend = db.session().scalar(text("SELECT pg_backend_pid()"))
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
        with pytest.raises(DBAPIError) as fault:
            total(1, 1)
        assert isinstance(translated(fault.value), DatabaseUnavailable)
        db.session().rollback()
    with unit():
        assert total(1, 1) == (3, "100%")


def test_a_statement_without_parameters_can_be_prepared_too() -> None:
    asked = Prepared(text("SELECT 7"))
    with db.statement():
        assert [asked.scalar() for _ in range(2)] == [7, 7]
        assert prepared() == 1


def test_words_that_never_change_need_not_be_said() -> None:
    with db.statement():
        assert Prepared(select(func.right("flash", bindparam("most")))).scalar(most=3) == "ash"


def test_no_row_is_none_unless_there_has_to_be_one() -> None:
    nothing = Prepared(text("SELECT 1 WHERE false"))
    with db.statement():
        assert (nothing.all(), nothing.first(), nothing.scalar()) == ([], None, None)
        with pytest.raises(NoResultFound):
            nothing.one()


def test_it_sees_what_its_transaction_wrote_and_is_undone_with_it(clean: None) -> None:
    write = Prepared(text("INSERT INTO cache_versions (name, version) VALUES (:name, 1) RETURNING name"))
    count = text("SELECT count(*) FROM cache_versions")
    with db.transaction():
        write.one(name="a")
        assert db.session().scalar(count) == 1
        db.session().rollback()
    with db.statement():
        assert db.session().scalar(count) == 0


def test_a_unit_holds_one_connection_whoever_asks_first() -> None:
    backend = Prepared(text("SELECT pg_backend_pid()"))
    for unit in (db.statement, db.transaction):
        with unit():
            first = backend.scalar()
            assert db.session().scalar(text("SELECT pg_backend_pid()")) == first
            assert db.db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
        with unit():
            first = db.session().scalar(text("SELECT pg_backend_pid()"))
            assert backend.scalar() == first


def test_whoever_listens_to_statements_hears_of_it() -> None:
    heard: list[str] = []

    def note(*given: Any) -> None:
        heard.append(given[2])

    event.listen(db.db.engine, "before_cursor_execute", note)
    try:
        for unit in (db.statement, db.transaction):
            with unit():
                total(1, 1)
    finally:
        event.remove(db.db.engine, "before_cursor_execute", note)
    assert len(heard) == 2
    assert all("AS total" in statement for statement in heard)


@pytest.fixture
def table(db_url: str) -> Iterator[Any]:
    with closing(psycopg2.connect(db_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("DROP TABLE IF EXISTS prepared_probe; CREATE TABLE prepared_probe AS SELECT 1 AS a")
        yield cursor
        cursor.execute("DROP TABLE prepared_probe")


def test_a_statement_that_stands_alone_is_prepared_anew_when_its_columns_change(table: Any) -> None:
    with db.statement():
        assert EVERYTHING.one() == (1,)
        table.execute("ALTER TABLE prepared_probe ADD b int DEFAULT 2")
        assert EVERYTHING.one() == (1, 2)
        assert prepared() == 1


def test_a_transaction_whose_columns_change_is_asked_to_come_back(table: Any) -> None:
    with db.transaction():
        EVERYTHING.one()
        db.session().rollback()
        table.execute("ALTER TABLE prepared_probe ADD b int DEFAULT 2")
        with pytest.raises(DBAPIError) as fault:
            EVERYTHING.one()
        assert isinstance(translated(fault.value), Busy)
        db.session().rollback()
    with db.transaction():
        assert EVERYTHING.one() == (1, 2)
