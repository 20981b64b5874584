"""The two units of work: one commit or none, and statements that stand alone."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.errors import AppError
from app.core.web import HoldfastApp

WRITE = text("INSERT INTO cache_versions (name, version) VALUES (:name, 1)")
FAILS_AT_COMMIT = text("""
    CREATE TEMP TABLE late (a int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP;
    INSERT INTO late VALUES (1), (1);
    INSERT INTO cache_versions (name, version) VALUES (:name, 1)
""")


class Refused(AppError):
    """A refusal that undoes."""


class RefusedAndKept(AppError):
    """A refusal whose writes stay."""

    commits: ClassVar[bool] = True


@pytest.fixture(autouse=True)
def nothing_checked_out(app: HoldfastApp, clean: None) -> Iterator[None]:
    """Every unit gives its connection back."""
    with app.app_context():
        yield
        assert db.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.fixture
def kept(sql: Any) -> Any:
    """What somebody else sees."""

    def names() -> list[str]:
        sql.execute("SELECT name FROM cache_versions ORDER BY name")
        return [name for (name,) in sql.fetchall()]

    return names


@pytest.fixture
def commits() -> Iterator[list[str]]:
    """A list that grows with each commit."""
    seen: list[str] = []

    def note(_: object) -> None:
        seen.append("commit")

    event.listen(db.db.engine, "commit", note)
    yield seen
    event.remove(db.db.engine, "commit", note)


def write(name: str) -> None:
    db.session().execute(WRITE, {"name": name})


def write_and_raise(fault: BaseException) -> None:
    write("a")
    raise fault


def test_a_transaction_is_kept_by_one_commit_at_its_end(kept: Any, commits: list[str]) -> None:
    with db.transaction():
        write("a")
        write("b")
        assert (kept(), commits) == ([], [])
    assert (kept(), commits) == (["a", "b"], ["commit"])


@pytest.mark.parametrize(
    "fault", [Refused(), ValueError(), KeyboardInterrupt()], ids=lambda fault: type(fault).__name__
)
def test_a_fault_undoes_the_whole_transaction(kept: Any, fault: BaseException) -> None:
    with pytest.raises(type(fault)), db.transaction():
        write_and_raise(fault)
    assert kept() == []


def test_a_refusal_that_says_so_keeps_what_was_written(kept: Any) -> None:
    with pytest.raises(RefusedAndKept), db.transaction():
        write_and_raise(RefusedAndKept())
    assert kept() == ["a"]


def test_a_commit_that_fails_keeps_nothing(kept: Any) -> None:
    with pytest.raises(SQLAlchemyError), db.transaction():
        db.session().execute(FAILS_AT_COMMIT, {"name": "a"})
    assert kept() == []


def test_units_do_not_see_each_others_objects() -> None:
    with db.transaction() as first:
        pass
    with db.transaction() as second:
        assert second is not first


def test_a_statement_stands_alone_and_is_kept_at_once(kept: Any, commits: list[str]) -> None:
    with db.statement():
        write("a")
        assert (kept(), commits) == (["a"], [])


def test_a_refusal_undoes_no_statement(kept: Any) -> None:
    with pytest.raises(Refused), db.statement():
        write_and_raise(Refused())
    assert kept() == ["a"]


def test_all_statements_of_a_unit_share_one_connection() -> None:
    with db.statement() as session:
        assert db.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        backends = {session.scalar(text("SELECT pg_backend_pid()")) for _ in range(20)}
        assert db.db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    assert len(backends) == 1


def test_after_a_failed_statement_the_next_one_works() -> None:
    with db.statement() as session:
        with pytest.raises(SQLAlchemyError):
            session.execute(text("SELECT 1 / 0"))
        assert session.scalar(text("SELECT 1")) == 1


def test_a_connection_that_served_statements_serves_transactions_again(kept: Any) -> None:
    db.db.engine.dispose()  # else the pool may hold several and take another one
    with db.statement() as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    with db.transaction() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == backend
    with pytest.raises(Refused), db.transaction():
        write_and_raise(Refused())
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("statement_timeout", "2s"), ("lock_timeout", "1500ms"), ("TimeZone", "UTC"), ("application_name", "holdfast")],
)
def test_every_connection_carries_its_limits(name: str, value: str) -> None:
    with db.statement() as session:
        assert session.scalar(text("SELECT current_setting(:name)"), {"name": name}) == value


def reads_all() -> bool:
    return bool(db.connection().scalar(text("SHOW enable_seqscan")) == "on")


@pytest.mark.parametrize("unit", [db.transaction, db.statement])
def test_whole_tables_are_read_only_where_it_is_asked_for(unit: Any) -> None:
    with unit():
        assert not reads_all()
        with db.reading_all():
            assert reads_all()
        assert not reads_all()


@pytest.mark.parametrize("unit", [db.transaction, db.statement])
def test_a_fault_among_statements_that_read_all_leaves_the_next_unit_as_it_was(unit: Any) -> None:
    with pytest.raises(SQLAlchemyError), unit(), db.reading_all():
        db.session().execute(text("SELECT 1 / 0"))
    with unit():
        assert not reads_all()


FEW = "CREATE TEMP TABLE few (id int PRIMARY KEY) ON COMMIT DROP; INSERT INTO few VALUES (1); ANALYZE few"


def test_a_plan_that_is_made_while_a_table_is_nearly_empty_goes_by_the_index() -> None:
    with db.transaction() as session:
        session.execute(text(FEW))
        plan = "".join(session.scalars(text("EXPLAIN SELECT FROM few WHERE id = 1")).all())
    assert "Index" in plan
    assert "Seq Scan" not in plan
