"""While commits wait for a standby that is away, nobody writes and everybody reads."""

from collections.abc import Iterator

import pytest

from app.core import db, presence, standstill
from app.core.errors import DatabaseUnavailable
from app.core.web import HoldfastApp, settings_of
from tests.api.made import PRODUCTS, RESERVATIONS, held
from tests.api.problem import assert_problem
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("standing_still")


@pytest.fixture
def standing_still(anna: Caller, tea: int) -> Iterator[None]:
    """Commits wait."""
    standstill._writes_stand_still.set()  # noqa: SLF001 - as the thread does that found commits waiting
    yield
    standstill._writes_stand_still.clear()  # noqa: SLF001 - as above


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "mine"}], ids=["no key", "a key"])
def test_what_would_change_something_is_refused(anna: Caller, tea: int, headers: dict[str, str]) -> None:
    refused = held(anna, tea, headers=headers)
    assert_problem(refused, 503, "database_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1


def test_what_is_read_is_read(anna: Caller, tea: int) -> None:
    assert anna.get(f"{PRODUCTS}/{tea}").status_code == 200
    assert anna.get(RESERVATIONS).json["data"] == []


def test_nobody_says_that_it_is_here(app: HoldfastApp) -> None:
    with app.app_context(), db.statement(), pytest.raises(DatabaseUnavailable):
        presence.say(settings_of(app))


def test_a_worker_begins_nothing_either(app: HoldfastApp) -> None:
    with app.app_context(), pytest.raises(DatabaseUnavailable), db.transaction():
        pytest.fail("it has begun")
