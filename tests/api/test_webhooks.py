"""What a payment provider tells is believed when it is signed, and done once, in whatever order it comes."""

import itertools
import json
import time
from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.made import stock
from tests.api.made_orders import ORDERS, WEBHOOK, placed, sealed, signed, tell
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.api.worked import settle, tick
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

LONG_AGO = "UPDATE webhook_events SET received_at = received_at - interval '73 h', next_try_at = clock_timestamp()"
OTHER = "b2xkIHNlY3JldCBvZiB0aGUgc2hvcA=="


@pytest.fixture
def order(anna: Caller, tea: int) -> dict[str, Any]:
    """An order of two of them that waits for its payment."""
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    return made


def state(caller: Caller, order: dict[str, Any]) -> tuple[str, str, str]:
    shown = caller.get(f"{ORDERS}/{order['id']}").json
    return shown["status"], shown["payment_status"], shown["refunded"]


def outcomes(sql: Any) -> list[tuple[str, str]]:
    sql.execute("SELECT state, outcome FROM webhook_events ORDER BY id")
    return list(sql.fetchall())


def test_a_success_pays_and_confirms(app: HoldfastApp, anna: Caller, tea: int, order: dict[str, Any], sql: Any) -> None:
    answer = tell(anna.client, "e1", order, method="card", nested={"more": [1]})
    assert (answer.status_code, answer.json) == (200, {"received": True})
    assert state(anna, order) == ("PENDING", "unpaid", "0.00")
    settle(app)
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")
    assert stock(anna, tea) == (3, 3, 0)
    sql.execute("SELECT payload -> 'nested', payload ->> 'method' FROM webhook_events")
    assert sql.fetchone() == ({"more": [1]}, "card")


def test_twenty_duplicates_are_one_payment(
    app: HoldfastApp, anna: Caller, tea: int, order: dict[str, Any], sql: Any
) -> None:
    def told(_: int) -> list[int]:
        return [tell(app.test_client(), "e1", order).status_code for _ in range(5)]

    assert at_once(app, 4, told) == [[200] * 5] * 4
    settle(app)
    assert tell(anna.client, "e1", order).status_code == 200
    settle(app)
    assert stock(anna, tea) == (3, 3, 0)
    sql.execute("SELECT (SELECT count(*) FROM captures), repeats, is_contradicted FROM webhook_events")
    assert sql.fetchall() == [(1, 20, False)]


def test_the_same_event_in_other_words_is_flagged_and_changes_nothing(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order)
    assert tell(anna.client, "e1", order, "refunded").status_code == 200
    settle(app)
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")
    sql.execute("SELECT is_contradicted FROM webhook_events")
    assert sql.fetchall() == [(True,)]


def test_the_same_event_with_other_fields_that_nobody_reads_is_the_same(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order, sent=1)
    tell(anna.client, "e1", order, sent=2)
    settle(app)
    sql.execute("SELECT repeats, is_contradicted FROM webhook_events")
    assert sql.fetchall() == [(1, False)]


@pytest.mark.parametrize("turn", list(itertools.permutations(range(5))))
def test_whatever_the_order_of_five_events_the_end_is_the_same(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], turn: tuple[int, ...], sql: Any
) -> None:
    back = {"amount": "10.00", "refund_id": "re_1"}
    events = [("failed", {}), ("success", {}), ("success", {}), ("failed", {}), ("refunded", back)]
    for number in turn:
        status, more = events[number]
        tell(anna.client, f"e{number}", order, status, **more)
        settle(app)
        sql.execute("UPDATE webhook_events SET next_try_at = clock_timestamp() WHERE state = 'parked'")
        tick(app, "payments.settle_parked")
    assert state(anna, order) == ("CONFIRMED", "partially_refunded", "10.00")
    assert {settled for settled, _ in outcomes(sql)} == {"settled"}


def test_a_refund_of_which_the_payment_is_never_told_is_flagged_in_the_end(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order, "refunded")
    settle(app)
    assert outcomes(sql) == [("parked", "parked")]
    sql.execute(LONG_AGO)
    tick(app, "payments.settle_parked")
    assert outcomes(sql) == [("flagged", "refund_exceeds")]


def test_parked_refunds_are_settled_one_by_one(app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any) -> None:
    unknown = order | {"reference": "ORD-LATER"}
    for event, status in (("a", "failed"), ("b", "failed"), ("c", "refunded"), ("d", "refund_failed"), ("e", "failed")):
        tell(anna.client, event, unknown, status, refund_id="re_1")
        settle(app)
    sql.execute("UPDATE webhook_events SET next_try_at = received_at")
    assert [tick(app, "payments.settle_parked") for _ in range(5)] == [2, 1, 1, 1, 0]


def test_a_failed_payment_can_be_made_again(app: HoldfastApp, anna: Caller, order: dict[str, Any]) -> None:
    tell(anna.client, "e1", order, "failed")
    settle(app)
    assert state(anna, order) == ("PENDING", "failed", "0.00")
    tell(anna.client, "e2", order)
    settle(app)
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")


@pytest.mark.parametrize("change", [{"amount": "39.79"}, {"amount": "39.81"}, {"amount": "39.80", "currency": "USD"}])
def test_a_wrong_amount_or_currency_is_looked_at_and_not_paid(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], change: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order, **change)
    settle(app)
    assert state(anna, order) == ("PENDING", "review", "0.00")
    tell(anna.client, "e2", order, "failed")
    settle(app)
    assert state(anna, order) == ("PENDING", "review", "0.00")
    anna.post(f"{ORDERS}/{order['id']}/cancel")
    sql.execute("SELECT state, amount::text FROM refunds")
    assert sql.fetchall() == [("requested", change["amount"])]


def test_the_right_amount_after_a_wrong_one_pays_and_the_wrong_one_goes_back(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order, amount="10.00", payment_id="p1")
    settle(app)
    tell(anna.client, "e2", order, payment_id="p2")
    settle(app)
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")
    sql.execute("SELECT amount::text, reason FROM refunds")
    assert sql.fetchall() == [("10.00", "paid twice")]


def test_a_second_payment_of_the_same_order_goes_back_once(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    for event, payment in (("e1", "p1"), ("e2", "p2"), ("e3", "p2"), ("e4", "p1")):
        tell(anna.client, event, order, payment_id=payment)
        settle(app)
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")
    sql.execute("SELECT kind, provider_id FROM captures ORDER BY id")
    assert sql.fetchall() == [("accepted", "p1"), ("surplus", "p2")]
    assert [outcome for _, outcome in outcomes(sql)] == ["accepted", "surplus", "known", "known"]
    sql.execute("SELECT amount::text FROM refunds")
    assert sql.fetchall() == [("39.80",)]


def test_a_payment_after_the_cancellation_goes_back_once(
    app: HoldfastApp, anna: Caller, tea: int, order: dict[str, Any], sql: Any
) -> None:
    anna.post(f"{ORDERS}/{order['id']}/cancel")
    for event in ("e1", "e2"):
        tell(anna.client, event, order)
        settle(app)
    assert state(anna, order)[:2] == ("CANCELLED", "paid")
    assert stock(anna, tea) == (5, 5, 0)
    sql.execute("SELECT count(*), sum(amount)::text FROM refunds")
    assert sql.fetchall() == [(1, "39.80")]


def test_a_message_that_comes_before_its_order_waits_for_it(app: HoldfastApp, anna: Caller, tea: int, sql: Any) -> None:
    order = {"reference": "ORD-00000000000A", "total": "19.90"}
    tell(anna.client, "e1", order)
    settle(app)
    assert outcomes(sql) == [("parked", "parked")]
    made = placed(anna, (tea, 1)).json
    sql.execute("UPDATE orders SET reference = 'ORD-00000000000A'")
    sql.execute("UPDATE payments SET reference = 'ORD-00000000000A'")
    sql.execute("UPDATE webhook_events SET next_try_at = clock_timestamp()")
    tick(app, "payments.settle_parked")
    assert state(anna, made) == ("CONFIRMED", "paid", "0.00")


def test_a_message_about_nothing_we_know_is_flagged_in_the_end(app: HoldfastApp, anna: Caller, sql: Any) -> None:
    tell(anna.client, "e1", {"reference": "ORD-NOBODY", "total": "1.00"})
    settle(app)
    sql.execute(LONG_AGO)
    tick(app, "payments.settle_parked")
    assert outcomes(sql) == [("flagged", "unknown_reference")]


def test_a_status_that_we_do_not_know_is_kept_and_flagged(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order, "disputed")
    settle(app)
    assert outcomes(sql) == [("flagged", "unknown_status")]
    assert state(anna, order) == ("PENDING", "unpaid", "0.00")


def test_what_the_provider_paid_back_by_itself_is_taken_down_once(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order)
    for event, amount in (("e2", "10.00"), ("e2", "10.00"), ("e3", "10.00"), ("e4", "30.00")):
        tell(anna.client, event, order, "refunded", amount=amount)
        settle(app)
    assert state(anna, order) == ("CONFIRMED", "partially_refunded", "20.00")
    assert outcomes(sql)[1:] == [("settled", "refunded"), ("settled", "refunded"), ("flagged", "refund_exceeds")]


def test_the_provider_confirms_a_refund_of_ours(
    app: HoldfastApp, anna: Caller, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    tell(anna.client, "e1", order)
    settle(app)
    staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "5.00", "reason": "x"})
    assert state(anna, order) == ("CONFIRMED", "paid", "0.00")
    sql.execute("SELECT id::text FROM refunds")
    ((refund_id,),) = sql.fetchall()
    for event in ("e2", "e3"):
        tell(anna.client, event, order, "refunded", amount="5.00", refund_id=refund_id)
        settle(app)
    assert state(anna, order) == ("CONFIRMED", "partially_refunded", "5.00")
    sql.execute("SELECT count(*) FROM refunds")
    assert sql.fetchone() == (1,)


def test_what_is_not_signed_by_one_of_our_secrets_within_five_minutes_is_refused(
    anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    event = {"event_id": "e1", "reference": order["reference"], "status": "success", "amount": order["total"]}
    good = signed(event)
    forged = [
        signed(event, secret="d3Jvbmc="),
        signed(event, at=time.time() - 301),
        signed(event, at=time.time() + 305),  # the stamp is cut to whole seconds, and some pass until it is read
        good | {"data": good["data"].replace("39.80", "39.90")},
        good | {"headers": good["headers"] | {"webhook-id": "e2"}},
        good | {"headers": {name: text for name, text in good["headers"].items() if name != "webhook-signature"}},
        good | {"headers": good["headers"] | {"webhook-signature": "v1,"}},
        good | {"headers": good["headers"] | {"webhook-signature": "nonsense"}},
        good | {"headers": good["headers"] | {"webhook-timestamp": "yesterday"}},
        good | {"headers": good["headers"] | {"webhook-signature": "v2" + good["headers"]["webhook-signature"][2:]}},
    ]
    for request in forged:
        assert_problem(anna.client.post(WEBHOOK, **request), 401, "webhook_signature_invalid")
    sql.execute("SELECT count(*) FROM webhook_events")
    assert sql.fetchone() == (0,)
    assert anna.client.post(WEBHOOK, **signed(event, secret=OTHER)).status_code == 200


def test_a_message_under_the_name_of_another_is_refused(anna: Caller, order: dict[str, Any], sql: Any) -> None:
    event = {"event_id": "e1", "reference": order["reference"], "status": "success", "amount": order["total"]}
    problem = assert_problem(anna.client.post(WEBHOOK, **sealed(json.dumps(event), "e2")), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/event_id"]
    sql.execute("SELECT count(*) FROM webhook_events")
    assert sql.fetchone() == (0,)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": None},
        {"reference": None},
        {"status": 5},
        {"amount": "free"},
        {"amount": "-1.00"},
        {"amount": "1.001"},
        {"reference": "x" * 256},
        {"status": "nul\0"},
        {"extra": "nul\0"},
    ],
)
def test_a_signed_message_without_what_it_has_to_say_is_refused(anna: Caller, change: dict[str, Any], sql: Any) -> None:
    event = {"event_id": "e1", "reference": "ORD-1", "status": "success", "amount": "1.00"} | change
    assert_problem(anna.client.post(WEBHOOK, **signed({k: v for k, v in event.items() if v is not None})), 422)
    sql.execute("SELECT count(*) FROM webhook_events")
    assert sql.fetchone() == (0,)


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '"text"', json.dumps({"a": {}} | {"b": "\ud800"})])
def test_a_signed_body_that_is_no_object_is_refused(anna: Caller, body: str) -> None:
    assert anna.client.post(WEBHOOK, **sealed(body, "none")).status_code in {400, 422}
