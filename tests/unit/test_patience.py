"""A connection that is silent for too long is hung up on; one whose unit may take longer is not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import db, patience
from app.core.clock import monotonic
from app.core.errors import DatabaseUnavailable
from app.core.sqlstate import translated
from app.core.web import HoldfastApp

SLEEP = text("SELECT pg_sleep(:seconds)")
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query = %s"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def sleep(app: HoldfastApp, seconds: float, longer: int = 0) -> None:
    with app.app_context(), db.transaction() as session:
        if longer:
            db.take_longer(longer)
        session.execute(SLEEP, {"seconds": seconds})


def asleep(sql: Any, seconds: float) -> bool:
    """Whether this very sleep has begun; one that was hung up on goes on sleeping in PostgreSQL."""
    sql.execute(ASLEEP, [f"SELECT pg_sleep({seconds})"])
    return bool(sql.fetchone()[0])


def test_who_waits_for_a_silent_database_is_told_that_it_does_not_answer(
    app: HoldfastApp, sql: Any, pool: ThreadPoolExecutor
) -> None:
    waiting = pool.submit(sleep, app, 1.5)
    while not asleep(sql, 1.5):
        assert not waiting.done(), waiting.exception()
    patience.look(0)
    fault = waiting.exception()
    assert isinstance(fault, SQLAlchemyError)
    assert isinstance(translated(fault), DatabaseUnavailable)


def test_what_may_take_longer_is_waited_for_and_only_that(app: HoldfastApp, sql: Any, pool: ThreadPoolExecutor) -> None:
    waiting = pool.submit(sleep, app, 2.5, longer=30)
    while not asleep(sql, 2.5):
        assert not waiting.done(), waiting.exception()
    patience.look(0)
    assert waiting.exception() is None
    assert [one.may_wait for one in patience.OPEN.values() if one.may_wait] == []


def test_one_that_asks_nothing_is_left_alone(app: HoldfastApp) -> None:
    with app.app_context():
        db.db.engine.dispose()  # else the pool may hold several and take another one
        with db.statement() as session:
            before = session.scalar(text("SELECT pg_backend_pid()"))
        patience.look(-monotonic())
        with db.statement() as session:
            assert session.scalar(text("SELECT pg_backend_pid()")) == before


def test_a_lock_that_was_waited_for_in_vain_is_told_to_who_looks_for_the_reason(app: HoldfastApp, sql: Any) -> None:
    sql.execute("SELECT pg_advisory_lock(30)")
    patience.IN_VAIN.clear()
    with app.app_context(), pytest.raises(SQLAlchemyError), db.transaction() as session:
        session.execute(text("SELECT set_config('lock_timeout', '10ms', true), pg_advisory_lock(30)"))
    sql.execute("SELECT pg_advisory_unlock(30)")
    assert patience.IN_VAIN.is_set()
