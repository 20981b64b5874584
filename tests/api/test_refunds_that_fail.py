"""A refund that was accepted and fails later is a failed one: counted once, retried, in whatever order it is told."""

import itertools
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.core import context, db
from app.core.web import HoldfastApp
from app.payments.service import refunds
from tests.api.letters import told
from tests.api.made_orders import ORDERS, placed, tell
from tests.api.worked import settle
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

OPEN = "SELECT id::text FROM refunds WHERE state = 'requested'"


@pytest.fixture
def order(app: HoldfastApp, anna: Caller, tea: int) -> dict[str, Any]:
    """An order of 39.80 that is paid."""
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    tell(anna.client, "pay", made, payment_id="p1")
    settle(app)
    return made


def promised(app: HoldfastApp, staff: Caller, order: dict[str, Any], amount: str = "10.00") -> str:
    """A refund of ours that is on its way."""
    answer = staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": amount, "reason": "dented"})
    assert answer.status_code == 201
    [(refund_id,)] = told(app, OPEN)
    return str(refund_id)


def accepted(app: HoldfastApp, refund_id: str) -> None:
    """The provider's answer to our call."""
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        refunds.end(refund_id=UUID(refund_id), succeeded=True, provider_id=f"re {refund_id}")


def state(staff: Caller, order: dict[str, Any]) -> tuple[str, str, str]:
    shown = staff.get(f"{ORDERS}/{order['id']}").json
    return shown["status"], shown["payment_status"], shown["refunded"]


def spent(app: HoldfastApp) -> list[Any]:
    return told(app, "SELECT spend FROM customers WHERE orders > 0")


def failures(staff: Caller, order: dict[str, Any]) -> int:
    """How many steps of the history say that a refund failed."""
    history = staff.get(f"{ORDERS}/{order['id']}/history").json
    return [step["kind"] for step in history].count("refund_failed")


def states(app: HoldfastApp) -> list[str]:
    return [row[0] for row in told(app, "SELECT state FROM refunds ORDER BY created_at, id")]


@pytest.mark.parametrize("by_our_name", [True, False])
def test_it_is_counted_back_once_and_can_be_tried_again(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], *, by_our_name: bool
) -> None:
    refund_id = promised(app, staff, order)
    accepted(app, refund_id)
    assert (state(staff, order), spent(app)) == (("CONFIRMED", "partially_refunded", "10.00"), [(Decimal("29.80"),)])
    name = refund_id if by_our_name else f"re {refund_id}"
    for event in ("f1", "f1", "f2"):
        tell(staff.client, event, order, "refund_failed", amount="10.00", refund_id=name)
        settle(app)
    assert (state(staff, order), spent(app)) == (("CONFIRMED", "paid", "0.00"), [(Decimal("39.80"),)])
    assert (failures(staff, order), states(app)) == (1, ["failed"])
    assert told(app, "SELECT count(*) FROM audit_log WHERE action = 'refund.failed'") == [(1,)]
    place = f"{ORDERS}/{order['id']}/refunds"
    assert staff.post(f"{place}/{refund_id}/retry").status_code == 200
    [(again,)] = told(app, OPEN)
    accepted(app, again)
    assert (state(staff, order), spent(app)) == (("CONFIRMED", "partially_refunded", "10.00"), [(Decimal("29.80"),)])
    assert states(app) == ["failed", "succeeded"]


@pytest.mark.parametrize("turn", list(itertools.permutations(range(4))))
def test_one_of_ours_has_failed_in_whatever_order_it_is_told(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], turn: tuple[int, ...]
) -> None:
    refund_id = promised(app, staff, order)

    def message(event: str, status: str) -> None:
        tell(staff.client, event, order, status, amount="10.00", refund_id=refund_id)
        settle(app)

    ways = (
        lambda: accepted(app, refund_id),
        lambda: message("r1", "refunded"),
        lambda: message("f1", "refund_failed"),
        lambda: message("f2", "refund_failed"),
    )
    for number in turn:
        ways[number]()
    assert (state(staff, order), spent(app)) == (("CONFIRMED", "paid", "0.00"), [(Decimal("39.80"),)])
    assert (failures(staff, order), states(app)) == (1, ["failed"])


@pytest.mark.parametrize("turn", list(itertools.permutations(["refunded", "refunded", "refund_failed"])))
def test_one_made_at_the_provider_has_failed_in_whatever_order_it_is_told(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], turn: tuple[str, ...]
) -> None:
    for number, status in enumerate(turn):
        tell(staff.client, f"e{number}", order, status, amount="10.00", refund_id="re_9")
        settle(app)
    assert (state(staff, order), spent(app)) == (("CONFIRMED", "paid", "0.00"), [(Decimal("39.80"),)])
    assert "requested" not in states(app)


def test_messages_that_are_settled_together_end_the_same(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    refund_id = promised(app, staff, order)
    for event, status in (("r1", "refunded"), ("f1", "refund_failed")):
        tell(staff.client, event, order, status, amount="10.00", refund_id=refund_id)
    settle(app)
    assert (state(staff, order), failures(staff, order)) == (("CONFIRMED", "paid", "0.00"), 1)


def test_only_the_one_that_is_named_has_failed(app: HoldfastApp, staff: Caller, order: dict[str, Any]) -> None:
    first = promised(app, staff, order)
    accepted(app, first)
    second = promised(app, staff, order)
    accepted(app, second)
    tell(staff.client, "f1", order, "refund_failed", amount="10.00", refund_id=second)
    settle(app)
    assert state(staff, order) == ("CONFIRMED", "partially_refunded", "10.00")
    assert states(app) == ["succeeded", "failed"]


def test_without_a_name_people_have_to_look(app: HoldfastApp, staff: Caller, order: dict[str, Any]) -> None:
    accepted(app, promised(app, staff, order))
    tell(staff.client, "f1", order, "refund_failed", amount="10.00")
    settle(app)
    assert told(app, "SELECT state, outcome FROM webhook_events WHERE event_id = 'f1'") == [
        ("flagged", "refund_unnamed")
    ]
    assert state(staff, order) == ("CONFIRMED", "partially_refunded", "10.00")


def test_the_money_of_a_cancelled_order_is_here_again_until_it_is_sent_again(
    app: HoldfastApp, staff: Caller, order: dict[str, Any]
) -> None:
    staff.post(f"{ORDERS}/{order['id']}/cancel")
    [(refund_id,)] = told(app, OPEN)
    accepted(app, refund_id)
    assert state(staff, order) == ("CANCELLED", "refunded", "39.80")
    tell(staff.client, "f1", order, "refund_failed", refund_id=refund_id)
    settle(app)
    assert state(staff, order) == ("CANCELLED", "paid", "0.00")
    assert "1 refund failed" in staff.client.get("/console/").text
    assert staff.post(f"{ORDERS}/{order['id']}/refunds/{refund_id}/retry").status_code == 200
    [(again,)] = told(app, OPEN)
    accepted(app, again)
    assert state(staff, order) == ("CANCELLED", "refunded", "39.80")
    assert "refund failed" not in staff.client.get("/console/").text


def test_what_came_in_too_late_and_goes_back_takes_nothing_off_what_was_spent(
    app: HoldfastApp, anna: Caller, staff: Caller, tea: int, order: dict[str, Any]
) -> None:
    late = placed(anna, (tea, 1)).json
    anna.post(f"{ORDERS}/{late['id']}/cancel")
    tell(anna.client, "late", late, payment_id="p2")
    settle(app)
    assert spent(app) == [(Decimal("39.80"),)]
    [(refund_id,)] = told(app, OPEN)
    accepted(app, refund_id)
    assert (state(staff, late), spent(app)) == (("CANCELLED", "refunded", "19.90"), [(Decimal("39.80"),)])
    tell(staff.client, "f1", late, "refund_failed", refund_id=refund_id)
    settle(app)
    assert (state(staff, late), spent(app)) == (("CANCELLED", "paid", "0.00"), [(Decimal("39.80"),)])


def test_a_wrong_amount_that_did_not_go_back_is_looked_at_again(
    app: HoldfastApp, anna: Caller, staff: Caller, tea: int
) -> None:
    made = placed(anna, (tea, 1)).json
    tell(anna.client, "pay", made, amount="1.00")
    settle(app)
    staff.post(f"{ORDERS}/{made['id']}/cancel")
    [(refund_id,)] = told(app, OPEN)
    accepted(app, refund_id)
    assert state(staff, made)[:2] == ("CANCELLED", "refunded")
    tell(anna.client, "f1", made, "refund_failed", refund_id=refund_id)
    settle(app)
    assert state(staff, made)[:2] == ("CANCELLED", "review")
