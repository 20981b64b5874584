"""When a replica is asked, when the primary is asked instead, and as of when an answer is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, db, replica
from app.core.replica import TOLD_AFTER, Mark, Replica
from app.core.settings import Settings
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.callers import Caller

HERE = text("SELECT current_setting('application_name')")
CONFLICT = text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
CLOSED = text("SELECT pg_terminate_backend(pg_backend_pid())")
WRITE = text("CREATE TABLE never_made (id int)")
MINE = text("SET application_name = 'the replica'")


class Near(Replica):
    """A replica that is so far behind, whatever it says."""

    age = 1.0
    replayed: int | None = 0

    def reached(self) -> int | None:
        return self.replayed

    def shows(self) -> Mark | None:
        return Mark(0, clock.utcnow(), clock.monotonic() - self.age) if self.is_asked() else None

    def is_asked(self) -> bool:
        return clock.monotonic() >= self._quiet_until


@pytest.fixture
def near(app: HoldfastApp, chosen: Settings, db_url: str) -> Iterator[Near]:
    """The application with a replica: the same server, where nothing may be written."""
    beside = HoldfastApp("beside")
    replica.init_app(beside, replace(chosen, database_read_url=db_url))
    made = Near(beside.extensions["holdfast.replica"].engine, 10)
    app.extensions["holdfast.replica"] = made
    yield made
    app.extensions["holdfast.replica"] = None
    assert made.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    made.engine.dispose()


def name_of(engine: Engine) -> None:
    with engine.connect() as speak:
        speak.execute(MINE)
        speak.execute(text("SET default_transaction_read_only = on"))
        speak.commit()


def reading(*before: Any) -> Callable[[], list[str]]:
    """What is asked when it is the replica that is asked, and where it was read in the end."""

    def read() -> list[str]:
        place = db.connection().execute(HERE).scalar_one()
        for statement in before if place == "the replica" else ():
            db.connection().execute(statement)
        return [place]

    return read


@pytest.fixture
def inside(app: HoldfastApp, near: Near) -> Iterator[Near]:
    name_of(near.engine)
    with app.app_context():
        yield near


def test_a_report_is_read_from_the_replica_and_knows_as_of_when_it_is(inside: Near) -> None:
    assert replica.report(reading()) == ["the replica"]
    assert replica.data_as_of() is not None


@pytest.mark.parametrize(
    ("before", "is_left_alone"), [(CONFLICT, False), (CLOSED, True), (WRITE, True)], ids=["conflict", "closed", "write"]
)
def test_what_the_replica_cannot_answer_is_read_from_the_primary(
    inside: Near, before: Any, is_left_alone: bool
) -> None:
    assert replica.report(reading(before)) == ["holdfast"]
    assert replica.data_as_of() is None
    assert inside.is_asked() is not is_left_alone


@pytest.mark.parametrize("replayed", [-1, None], ids=["further behind", "promoted"])
def test_a_server_of_the_same_address_that_does_not_show_as_much_is_not_read(
    inside: Near, replayed: int | None
) -> None:
    inside.replayed = replayed
    assert replica.report(reading()) == ["holdfast"]
    assert replica.data_as_of() is None
    assert inside.is_asked()


def test_a_pool_that_is_all_taken_leaves_the_rest_to_the_primary(inside: Near) -> None:
    taken = [inside.engine.connect() for _ in range(replica.CONNECTIONS)]
    assert replica.report(reading()) == ["holdfast"]
    for each in taken:
        each.close()


@pytest.mark.parametrize("fault", ["SELECT 1 / 0", "SET statement_timeout = 1; SELECT pg_sleep(9)"])
def test_what_no_server_could_answer_is_not_asked_twice(inside: Near, fault: str) -> None:
    asked = []

    def read() -> None:
        asked.append(1)
        db.connection().execute(text(fault))

    with pytest.raises(SQLAlchemyError):
        replica.report(read)
    assert asked == [1]


def test_a_server_that_is_no_replica_is_not_asked(inside: Near) -> None:
    promoted = Replica(inside.engine, 10)
    promoted.look()
    assert (promoted.position(), promoted.shows()) == (None, None)


class Told(Replica):
    """A replica whose positions a test tells."""

    def __init__(self, engine: Engine, most_seconds: float) -> None:
        super().__init__(engine, most_seconds)
        self.replayed: int | None = 0

    def position(self) -> int | None:
        return self.replayed


def test_it_shows_what_it_has_replayed_and_grows_old_when_it_stands_still(inside: Near) -> None:
    told = Told(inside.engine, 10)
    told.look()
    assert told.shows() is None
    told.replayed = 2**62
    told.look()
    first = told.shows()
    assert first is not None
    told.replayed = 0
    told.look()
    assert told.shows() == first
    told.replayed = 2**62
    told.look()
    assert told.shows() != first


def test_one_that_is_too_old_is_not_asked(inside: Near) -> None:
    told = Told(inside.engine, 0)
    told.replayed = 2**62
    told.look()
    assert told.shows() is None


@pytest.mark.parametrize(("age", "is_told"), [(TOLD_AFTER - 4, False), (TOLD_AFTER + 60, True)])
def test_a_page_says_that_it_is_old_only_when_it_is(near: Near, as_role: AsRole, age: float, is_told: bool) -> None:
    near.age = age
    page = as_role("viewer").client.get("/console/audit")
    assert page.status_code == 200
    assert ("are not on this page yet" in page.text) is is_told
    assert "X-Data-As-Of" in page.headers


def test_only_what_is_marked_is_read_from_the_replica(near: Near, operator: Caller) -> None:
    answer = operator.get("/api/v1/audit-log")
    assert (answer.status_code, "X-Data-As-Of" in answer.headers) == (200, True)
    assert operator.get("/api/v1/stores").headers.get("X-Data-As-Of") is None
