"""What the database refuses is answered as the application's own refusal."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.address import address
from app.core.dialect import NAME
from app.core.errors import AppError, Busy, DatabaseUnavailable, InUse, Stale, ValueOutOfRange
from app.core.prepared import Prepared
from app.core.sqlstate import translated
from app.core.web import HoldfastApp
from app.identity.errors import UsernameTaken

RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = '{}', DETAIL = '{}'; END $$"
TAKEN = """
    CREATE TEMP TABLE names (name text) ON COMMIT DROP; CREATE UNIQUE INDEX {} ON names (name);
    INSERT INTO names VALUES ('a'), ('a')
"""
REFERRED_TO = """
    CREATE TEMP TABLE parents (id int PRIMARY KEY) ON COMMIT DROP; INSERT INTO parents VALUES (1);
    CREATE TEMP TABLE children (parent int REFERENCES parents) ON COMMIT DROP; INSERT INTO children VALUES (1);
    DELETE FROM parents
"""

BACKEND = text("SELECT pg_backend_pid()")
ENTER = text("INSERT INTO cache_versions (name, version) VALUES ('read only', 1) RETURNING version")
PREPARED = Prepared(ENTER)

Refused = Callable[[str], AppError | None]


@pytest.fixture
def refused(app: HoldfastApp) -> Iterator[Refused]:
    """What becomes of a statement that the database refuses."""

    def run(statement: str) -> AppError | None:
        with pytest.raises(SQLAlchemyError) as caught, db.transaction():
            db.session().execute(text(statement.replace(":", r"\:")))
        return translated(caught.value)

    with app.app_context():
        yield run


def test_a_function_refuses_by_code_with_figures(refused: Refused) -> None:
    refusal = refused(RAISE.format("stale", '{"version": 4, "retry_after": 2}'))
    assert isinstance(refusal, Stale)
    assert (refusal.figures, refusal.retry_after) == ({"version": 4}, 2)


def test_a_function_refuses_without_figures(refused: Refused) -> None:
    assert isinstance(refused(RAISE.format("busy", "{}").replace(", DETAIL = '{}'", "")), Busy)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (TAKEN.format("uq_users_username"), UsernameTaken),
        (REFERRED_TO, InUse),
        ("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(10)", Busy),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", Busy),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", Busy),
        ("SELECT 9223372036854775807 + 1", ValueOutOfRange),
        ("SELECT CAST(3000000000 AS int)", ValueOutOfRange),
        ("SELECT CAST('x' AS uuid)", ValueOutOfRange),
        ("SELECT CAST('2030-02-30' AS date)", ValueOutOfRange),
        ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseUnavailable),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53300'; END $$", DatabaseUnavailable),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P03'; END $$", DatabaseUnavailable),
    ],
    ids=[
        "taken",
        "in use",
        "slow",
        "deadlock",
        "serialization",
        "bigint",
        "int",
        "uuid",
        "date",
        "killed",
        "crowded",
        "starting",
    ],
)
def test_a_refusal_of_the_database_is_one_of_ours(refused: Refused, statement: str, error: type[AppError]) -> None:
    assert isinstance(refused(statement), error)


@pytest.mark.parametrize(
    "statement",
    ["SELEC", "SELECT missing", RAISE.format("no_such_code", "{}"), TAKEN.format("uq_unnamed"), "SELECT 1 / 0"],
    ids=["syntax", "column", "code", "constraint", "division"],
)
def test_a_fault_of_ours_is_not_disguised(refused: Refused, statement: str) -> None:
    assert refused(statement) is None


def test_a_row_that_stays_locked_means_busy(refused: Refused, db_url: str) -> None:
    with psycopg2.connect(db_url) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE cache_versions")
        assert isinstance(refused("SELECT FROM cache_versions FOR UPDATE"), Busy)
        holder.rollback()
    holder.close()


def test_after_a_connection_was_killed_the_next_statement_works(refused: Refused) -> None:
    refused("SELECT pg_terminate_backend(pg_backend_pid())")
    with db.statement() as session:
        assert session.scalar(text("SELECT 1")) == 1


def read_only(backends: set[int]) -> None:
    """Make the connections of the pool those of a server that takes no writes any more."""
    with db.statement() as one, db.db.engine.connect() as other:
        for speak in (one, other):
            backends.add(speak.execute(BACKEND).scalar_one())
            speak.execute(text("SET default_transaction_read_only = on"))
            if speak is other:
                other.commit()


@pytest.mark.parametrize("ask", [lambda: db.session().execute(ENTER), PREPARED.all], ids=["plain", "prepared"])
def test_after_a_server_has_refused_to_write_none_of_its_connections_is_used_again(
    app: HoldfastApp, ask: Callable[[], object]
) -> None:
    backends: set[int] = set()
    with app.app_context():
        db.db.engine.dispose()
        read_only(backends)
        with pytest.raises(SQLAlchemyError) as caught, db.statement():
            ask()
        assert isinstance(translated(caught.value), DatabaseUnavailable)
        with db.statement() as one, db.db.engine.connect() as other:
            assert backends.isdisjoint({one.execute(BACKEND).scalar_one(), other.scalar(BACKEND)})


def test_a_database_that_is_not_there_is_unavailable() -> None:
    engine = create_engine("postgresql+psycopg2://holdfast@/holdfast?host=/nowhere")
    with pytest.raises(SQLAlchemyError) as caught:
        engine.connect()
    assert isinstance(translated(caught.value), DatabaseUnavailable)


def test_a_pool_without_a_free_connection_means_busy(db_url: str) -> None:
    engine = create_engine(
        f"{NAME}://", creator=address(db_url).connect, pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with engine.connect(), pytest.raises(SQLAlchemyError) as caught:
        engine.connect()
    engine.dispose()
    assert isinstance(translated(caught.value), Busy)
