"""Messages that were settled long ago are forgotten; those that wait for somebody stay, and none is done twice."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.payments.service import retention
from tests.api.letters import told
from tests.api.made_orders import ORDERS, placed, tell
from tests.api.worked import settle, tick, work_off
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

EVENTS = "SELECT event_id FROM webhook_events ORDER BY id"


@pytest.fixture
def order(anna: Caller, tea: int) -> dict[str, Any]:
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    return made


def age(app: HoldfastApp, days: int) -> None:
    """Everything was told and done so long ago."""
    for column in ("received_at", "settled_at"):
        told(app, f"UPDATE webhook_events SET {column} = {column} - make_interval(days => %s)", days)  # noqa: S608 - ours


def forgotten(app: HoldfastApp) -> int:
    return int(tick(app, retention.FORGET))


def test_what_is_done_is_forgotten_after_ninety_days_and_not_before(
    app: HoldfastApp, anna: Caller, order: dict[str, Any]
) -> None:
    tell(anna.client, "e1", order)
    settle(app)
    age(app, 89)
    assert (forgotten(app), told(app, EVENTS)) == (0, [("e1",)])
    age(app, 2)
    assert (forgotten(app), told(app, EVENTS)) == (1, [])


def test_what_was_settled_late_is_kept_from_then_on(app: HoldfastApp, anna: Caller, order: dict[str, Any]) -> None:
    tell(anna.client, "e1", order)
    age(app, 91)
    settle(app)
    assert forgotten(app) == 0


def test_what_waits_or_has_to_be_looked_at_stays(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "parked", order | {"reference": "ORD-LATER"})
    tell(anna.client, "flagged", order, "disputed")
    tell(anna.client, "told twice", order)
    tell(anna.client, "told twice", order, "failed")
    settle(app)
    tell(anna.client, "new", order)
    age(app, 1000)
    assert forgotten(app) == 0
    sql.execute("UPDATE webhook_events SET seen_at = clock_timestamp()")
    assert forgotten(app) == 1
    assert told(app, EVENTS) == [("parked",), ("flagged",), ("new",)]
    settle(app)
    told(app, "DELETE FROM webhook_events")


def test_a_full_batch_asks_for_the_next(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        tell(anna.client, f"e{number}", order, "failed")
    settle(app)
    age(app, 91)
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    assert forgotten(app) == 2
    work_off(app, retention.FORGET)
    assert told(app, EVENTS) == []


def test_a_message_that_comes_again_after_it_was_forgotten_moves_no_money(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    def all_of_it() -> None:
        tell(anna.client, "e1", order, payment_id="p1")
        tell(anna.client, "e2", order, "refunded", amount="10.00", refund_id="re_1")
        settle(app)

    all_of_it()
    age(app, 91)
    assert forgotten(app) == 2
    all_of_it()
    shown = anna.get(f"{ORDERS}/{order['id']}").json
    assert (shown["payment_status"], shown["refunded"]) == ("partially_refunded", "10.00")
    assert told(app, "SELECT count(*) FROM refunds") == [(1,)]
