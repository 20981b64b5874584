"""What is wrong with payments in the console: kind by kind, one action each, and gone once it is mended."""

import re
from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.payments.service import refunds
from tests.api.conftest import AsRole
from tests.api.console_orders import flashed, sent
from tests.api.made_orders import placed, tell
from tests.api.worked import settle
from tests.callers import Caller

PAGE = "/console/payments"
pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def order(anna: Caller, tea: int) -> dict[str, Any]:
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    return made


def counts(caller: Caller) -> dict[str, str]:
    """How many there are of each kind."""
    return dict(re.findall(r'>([\w ]+) <span class="tab-count">(\d+)<', caller.client.get(PAGE).text))


def failed_refund(app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any) -> str:
    """A refund of this order that the provider refuses."""
    tell(staff.client, f"pay {order['id']}", order, payment_id=f"p {order['id']}")
    settle(app)
    staff.post(f"/api/v1/orders/{order['id']}/cancel")
    return refused(app, order, sql)


def refused(app: HoldfastApp, order: dict[str, Any], sql: Any) -> str:
    """The open refund of this order, which the provider refuses."""
    sql.execute("SELECT id::text FROM refunds WHERE reference = %s AND state = 'requested'", [order["reference"]])
    [(refund_id,)] = sql.fetchall()
    with app.app_context(), db.transaction():
        refunds.end(refund_id=refund_id, succeeded=False, error="card <b>closed</b>")
    return str(refund_id)


def test_a_flagged_message_is_settled_again_and_audited(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(staff.client, "odd", {**order, "reference": "ORD-LATER"})
    sql.execute("UPDATE webhook_events SET received_at = received_at - interval '1 year'")
    settle(app)
    assert counts(staff)["Flagged"] == "1"
    text = staff.client.get(PAGE).text
    assert "Unknown reference" in text
    assert "1 message of the payment provider is flagged" in staff.client.get("/console/").text
    sql.execute("UPDATE webhook_events SET reference = %s RETURNING id", [order["reference"]])
    [(event_id,)] = sql.fetchall()
    assert sent(staff.client, f"{PAGE}/events/{event_id}/settle").status_code == 303
    assert flashed(staff.client, PAGE) == "It is settled again in a moment."
    settle(app)
    assert staff.get(f"/api/v1/orders/{order['id']}").json["status"] == "CONFIRMED"
    assert counts(staff)["Flagged"] == "0"
    sql.execute("SELECT actor_name, source FROM audit_log WHERE action = 'webhook.settled_again'")
    assert sql.fetchall() == [("operator", "console")]
    sent(staff.client, f"{PAGE}/events/{event_id}/settle")
    assert flashed(staff.client, PAGE) == f"There is no flagged message {event_id}."
    sql.execute("SELECT count(*) FROM audit_log WHERE action = 'webhook.settled_again'")
    assert sql.fetchone() == (1,)


def test_a_refund_told_again_is_settled_one_by_one(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(staff.client, "pay", order)
    tell(staff.client, "much", order, "refunded", amount="39.81")
    settle(app)
    sql.execute("SELECT id, outcome FROM webhook_events WHERE event_id = 'much'")
    [(event_id, outcome)] = sql.fetchall()
    assert outcome == "refund_exceeds"
    sent(staff.client, f"{PAGE}/events/{event_id}/settle")
    sql.execute("SELECT name FROM jobs WHERE state = 'queued' AND name LIKE 'payments.settle%'")
    assert sql.fetchall() == [("payments.settle_refund",)]


def test_contradicted_and_parked_messages_are_shown(app: HoldfastApp, staff: Caller, order: dict[str, Any]) -> None:
    tell(staff.client, "e1", order)
    tell(staff.client, "e1", order, "refunded")
    tell(staff.client, "e2", {**order, "reference": "ORD-<i>"})
    settle(app)
    found = counts(staff)
    assert (found["Contradicted"], found["Parked"], found["Flagged"]) == ("1", "1", "0")
    parked = staff.client.get(f"{PAGE}?kind=parked").text
    assert "ORD-&lt;i&gt;" in parked
    assert "Settle again" not in parked
    assert "Contradicted" in staff.client.get(f"/console/orders/{order['id']}").text


def test_what_was_looked_at_is_marked_as_seen_until_there_is_something_new(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    for status in ("disputed", "success"):
        tell(staff.client, "e1", order, status)
    settle(app)
    assert (counts(staff)["Flagged"], counts(staff)["Contradicted"]) == ("1", "1")
    assert "1 message of the payment provider is contradicted" in staff.client.get("/console/").text
    sql.execute("SELECT id FROM webhook_events")
    [(event_id,)] = sql.fetchall()
    assert "Mark as seen: e1" in staff.client.get(f"{PAGE}?kind=contradicted").text
    for said in ("It is marked as seen.", f"Message {event_id} waits for nobody."):
        assert sent(staff.client, f"{PAGE}/events/{event_id}/seen?kind=contradicted").status_code == 303
        assert flashed(staff.client, PAGE) == said
    assert (counts(staff)["Flagged"], counts(staff)["Contradicted"]) == ("0", "0")
    assert "of the payment provider" not in staff.client.get("/console/").text
    sql.execute("SELECT actor_name, source, object_id FROM audit_log WHERE action = 'webhook.seen'")
    assert sql.fetchall() == [("operator", "console", str(event_id))]
    tell(staff.client, "e1", order, "disputed")
    assert counts(staff)["Contradicted"] == "0"
    tell(staff.client, "e1", order, "failed")
    assert counts(staff)["Contradicted"] == "1"


def test_a_message_that_was_seen_and_cannot_be_settled_again_is_shown_again(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(staff.client, "e1", order, "disputed")
    settle(app)
    sql.execute("UPDATE webhook_events SET seen_at = clock_timestamp() RETURNING id")
    [(event_id,)] = sql.fetchall()
    sent(staff.client, f"{PAGE}/events/{event_id}/settle")
    settle(app)
    assert counts(staff)["Flagged"] == "1"


def test_a_message_that_is_in_order_cannot_be_marked(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(staff.client, "e1", order)
    settle(app)
    sql.execute("SELECT id FROM webhook_events")
    [(event_id,)] = sql.fetchall()
    sent(staff.client, f"{PAGE}/events/{event_id}/seen")
    assert flashed(staff.client, PAGE) == f"Message {event_id} waits for nobody."
    sql.execute("SELECT seen_at FROM webhook_events")
    assert sql.fetchall() == [(None,)]


def test_a_failed_refund_is_shown_until_it_is_promised_again(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    refund_id = failed_refund(app, staff, order, sql)
    assert counts(staff)["Failed refunds"] == "1"
    assert "1 refund failed" in staff.client.get("/console/").text
    assert "card &lt;b&gt;closed" in staff.client.get(f"{PAGE}?kind=failed").text
    answer = sent(staff.client, f"{PAGE}/refunds/{refund_id}/retry?kind=failed")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?kind=failed")
    assert counts(staff)["Failed refunds"] == "0"
    sent(staff.client, f"{PAGE}/refunds/{refund_id}/retry?kind=failed")
    assert flashed(staff.client, PAGE) == "39.80 were asked for; 0.00 can be paid back."
    sql.execute("SELECT state FROM refunds ORDER BY created_at")
    assert sql.fetchall() == [("failed",), ("requested",)]


def test_a_failed_refund_is_tried_again_from_the_page_of_its_order(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    refund_id = failed_refund(app, staff, order, sql)
    place = f"/console/orders/{order['id']}"
    assert "Try again" in staff.client.get(place).text
    sent(staff.client, f"{place}/refunds/{refund_id}/retry")
    assert flashed(staff.client, place) == "The refund is tried again."
    assert "Try again" not in staff.client.get(place).text


def test_a_part_that_is_promised_again_is_offered_no_more(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(staff.client, "e1", order, payment_id="p1")
    settle(app)
    staff.post(f"/api/v1/orders/{order['id']}/refunds", json={"amount": "10.00", "reason": "dented"})
    refund_id = refused(app, order, sql)
    place = f"/console/orders/{order['id']}"
    assert (counts(staff)["Failed refunds"], "Try again" in staff.client.get(place).text) == ("1", True)
    sent(staff.client, f"{place}/refunds/{refund_id}/retry")
    assert (counts(staff)["Failed refunds"], "Try again" in staff.client.get(place).text) == ("0", False)
    sent(staff.client, f"{place}/refunds/{refund_id}/retry")
    assert "nothing left to pay back" in flashed(staff.client, place)
    refused(app, order, sql)
    assert counts(staff)["Failed refunds"] == "1"


def test_a_refund_that_is_open_for_long_is_shown(
    app: HoldfastApp, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    sent(staff.client, f"{PAGE}/refunds/{failed_refund(app, staff, order, sql)}/retry")
    assert counts(staff)["Slow refunds"] == "0"
    sql.execute("UPDATE refunds SET created_at = created_at - interval '61 min'")
    assert counts(staff)["Slow refunds"] == "1"
    assert "1 refund is open for over an hour" in staff.client.get("/console/").text


def test_a_payment_in_review_stands_on_the_home_page(app: HoldfastApp, staff: Caller, order: dict[str, Any]) -> None:
    tell(staff.client, "e1", {**order, "total": "1.00"})
    settle(app)
    text = staff.client.get("/console/").text
    assert "1 payment is in review" in text
    assert "status=PENDING&amp;payment_status=review" in text


def test_a_viewer_only_reads(app: HoldfastApp, staff: Caller, as_role: AsRole, order: dict[str, Any], sql: Any) -> None:
    failed_refund(app, staff, order, sql)
    viewer = as_role("viewer")
    assert "Try again" not in viewer.client.get(f"{PAGE}?kind=failed").text
    assert counts(viewer)["Failed refunds"] == "1"
    assert viewer.client.get(f"{PAGE}?kind=nonsense").status_code == 200
