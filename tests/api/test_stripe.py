"""Stripe by its own library, against a local server that records what it is asked and answers as Stripe does."""

import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from app.core.web import HoldfastApp, settings_of
from app.payments.gateways.stripe_money import to_major, to_minor
from app.payments.service import providers
from tests.api.made_orders import ORDERS, placed
from tests.api.problem import assert_problem
from tests.api.provided import provided
from tests.api.worked import settle, tick, work_off
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

SECRET, PLACE = "whsec_of_our_endpoint", "/api/v1/webhooks/stripe"
SESSION = {"object": "checkout.session", "status": "complete", "payment_status": "paid", "amount_total": 3980}
SESSION |= {"id": "cs_1", "currency": "eur", "payment_intent": "pi_1", "metadata": {}}
REFUND = {"object": "refund", "id": "re_1", "amount": 980, "currency": "eur", "payment_intent": "pi_1"}
REFUND |= {"status": "succeeded", "metadata": {}}


class FakeStripe:
    """Answers each address with what stands here for it; remembers what it was asked under which key."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str | None, dict[str, str]]] = []
        fake = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                path = urlsplit(self.path).path
                sent = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
                fake.asked.append((path, self.headers["Idempotency-Key"], {k: v[0] for k, v in sent.items()}))
                status, body = fake.answers.get(path, (404, {"error": {"message": "No such object"}}))
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST  # noqa: N815 - the name that http.server calls

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def fake(app: HoldfastApp) -> Iterator[FakeStripe]:
    made = FakeStripe()
    environ = {"PAYMENT_PROVIDER": "stripe", "PAYMENT_PROVIDER_KEY": "sk_test_x", "STRIPE_API_BASE": made.url}
    with provided(app, environ | {"STRIPE_WEBHOOK_SECRET": SECRET}, payment_timeout_seconds=1.0):
        yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def order(fake: FakeStripe, anna: Caller, tea: int) -> dict[str, Any]:
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    page = {"id": "cs_1", "object": "checkout.session", "url": "https://checkout.stripe.example/c/1"}
    fake.answers["/v1/checkout/sessions"] = 200, page | {"expires_at": int(time.time()) + 3600}
    return made


def tell(caller: Caller, kind: str, about: Any, event_id: str = "evt_1", **changes: Any) -> Any:
    event = {"id": event_id, "object": "event", "type": kind, "data": {"object": about}}
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, changes.get("secret", SECRET), changes.get("at"))
    headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
    return caller.client.post(PLACE, data=changes.get("body", body), headers=headers)


def shown(caller: Caller, order: dict[str, Any]) -> tuple[str, str, str]:
    found = caller.get(f"{ORDERS}/{order['id']}").json
    return found["status"], found["payment_status"], found["refunded"]


def session(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return SESSION | {"client_reference_id": order["reference"]} | changes


def test_a_checkout_session_is_asked_for_under_the_reference(
    fake: FakeStripe, anna: Caller, order: dict[str, Any]
) -> None:
    answer = anna.post(f"{ORDERS}/{order['id']}/payment")
    assert (answer.status_code, answer.json["provider"]) == (200, "stripe")
    assert answer.json["checkout_url"] == "https://checkout.stripe.example/c/1"
    ((path, key, sent),) = fake.asked
    assert (path, key) == ("/v1/checkout/sessions", order["reference"])
    assert sent["client_reference_id"] == sent["payment_intent_data[metadata][reference]"] == order["reference"]
    assert sent["line_items[0][price_data][unit_amount]"] == "3980"
    assert sent["line_items[0][price_data][currency]"] == "eur"
    assert sent["success_url"].endswith(f"?reference={order['reference']}")


def test_a_session_that_is_over_is_asked_for_anew_under_another_key(
    fake: FakeStripe, anna: Caller, order: dict[str, Any]
) -> None:
    over = fake.answers["/v1/checkout/sessions"][1] | {"expires_at": 1}
    fake.answers["/v1/checkout/sessions"] = 200, over
    anna.post(f"{ORDERS}/{order['id']}/payment")
    assert [key for _, key, _ in fake.asked] == [order["reference"], "cs_1"]


@pytest.mark.parametrize("answer", [(500, {}), (429, {}), (401, {}), (200, b"<h1>"), (200, {"id": "cs_1"}), (200, [])])
def test_stripe_out_of_order_is_a_503(fake: FakeStripe, anna: Caller, order: dict[str, Any], answer: Any) -> None:
    fake.answers["/v1/checkout/sessions"] = answer
    assert_problem(anna.post(f"{ORDERS}/{order['id']}/payment"), 503, "payment_provider_unavailable")


@pytest.mark.parametrize("kind", ["completed", "async_payment_succeeded"])
def test_a_session_that_was_paid_pays_the_order(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], kind: str
) -> None:
    answer = tell(anna, f"checkout.session.{kind}", session(order))
    assert (answer.status_code, answer.json) == (200, {"received": True})
    tell(anna, f"checkout.session.{kind}", session(order), "evt_2")
    settle(app)
    assert shown(anna, order) == ("CONFIRMED", "paid", "0.00")


@pytest.mark.parametrize(
    ("kind", "about"),
    [("expired", {"status": "expired", "payment_status": "unpaid"}), ("async_payment_failed", {})],
)
def test_a_session_that_failed_fails_the_payment(
    app: HoldfastApp, anna: Caller, order: dict[str, Any], kind: str, about: dict[str, Any]
) -> None:
    tell(anna, f"checkout.session.{kind}", session(order, **about))
    settle(app)
    assert shown(anna, order) == ("PENDING", "failed", "0.00")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("checkout.session.completed", {"payment_status": "unpaid"}),
        ("checkout.session.completed", {"client_reference_id": None}),
        ("charge.refunded", {}),
        ("customer.created", {}),
        ("refund.updated", REFUND | {"status": "pending"}),
    ],
)
def test_what_says_nothing_of_our_payments_is_answered_and_dropped(
    anna: Caller, order: dict[str, Any], kind: str, changes: dict[str, Any], sql: Any
) -> None:
    answer = tell(anna, kind, session(order) | changes)
    assert (answer.status_code, answer.json) == (200, {"received": False})
    sql.execute("SELECT count(*) FROM webhook_events")
    assert sql.fetchone() == (0,)


def test_refunds_of_ours_and_those_made_at_stripe_are_taken_down_once(
    app: HoldfastApp, fake: FakeStripe, anna: Caller, staff: Caller, order: dict[str, Any]
) -> None:
    tell(anna, "checkout.session.completed", session(order))
    settle(app)
    fake.answers["/v1/refunds"] = 200, REFUND
    staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "9.80", "reason": "x"})
    work_off(app, "payments.send_refund")
    path, key, sent = fake.asked[-1]
    assert (path, sent["payment_intent"], sent["amount"]) == ("/v1/refunds", "pi_1", "980")
    assert key == sent["metadata[refund_id]"]
    assert shown(anna, order) == ("CONFIRMED", "partially_refunded", "9.80")
    ours = {"metadata": {"reference": order["reference"], "refund_id": key}}
    tell(anna, "refund.created", REFUND | ours, "evt_2")
    tell(anna, "refund.updated", REFUND | ours, "evt_3")
    theirs = REFUND | {"id": "re_2", "amount": 1000}
    tell(anna, "refund.created", theirs, "evt_4")
    tell(anna, "refund.updated", theirs, "evt_5")
    settle(app)
    assert shown(anna, order) == ("CONFIRMED", "partially_refunded", "19.80")


@pytest.mark.parametrize(
    "ending",
    [
        ((400, {"error": {"type": "invalid_request_error", "message": "Charge already refunded"}}), "failed"),
        ((402, {"error": {"type": "card_error", "message": "No"}}), "failed"),
        ((200, REFUND | {"status": "failed"}), "failed"),
        ((200, REFUND | {"status": "pending"}), "succeeded"),
        ((409, {"error": {"type": "idempotency_error", "message": "In flight"}}), "requested"),
        ((500, {"error": {"message": "Oh"}}), "requested"),
        ((200, b"<h1>It works!</h1>"), "requested"),
    ],
)
def test_a_refund_ends_by_a_definite_answer_alone(
    app: HoldfastApp, fake: FakeStripe, staff: Caller, order: dict[str, Any], ending: tuple[Any, str]
) -> None:
    answer, state = ending
    tell(staff, "checkout.session.completed", session(order))
    settle(app)
    fake.answers["/v1/refunds"] = answer
    staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "9.80", "reason": "x"})
    work_off(app, "payments.send_refund")
    refunds = staff.get(f"{ORDERS}/{order['id']}/refunds").json
    assert [each["state"] for each in refunds] == [state]


@pytest.mark.parametrize("kind", ["refund.failed", "charge.refund.updated"])
def test_a_refund_that_stripe_accepted_and_that_fails_later_is_tried_again_under_another_key(
    app: HoldfastApp, fake: FakeStripe, staff: Caller, order: dict[str, Any], kind: str
) -> None:
    tell(staff, "checkout.session.completed", session(order))
    settle(app)
    fake.answers["/v1/refunds"] = 200, REFUND | {"status": "pending"}
    place = f"{ORDERS}/{order['id']}/refunds"
    staff.post(place, json={"amount": "9.80", "reason": "x"})
    work_off(app, "payments.send_refund")
    assert shown(staff, order) == ("CONFIRMED", "partially_refunded", "9.80")
    refund_id = fake.asked[-1][1]
    ours = {"status": "failed", "metadata": {"reference": order["reference"], "refund_id": refund_id}}
    for event in ("evt_2", "evt_3"):
        tell(staff, kind, REFUND | ours, event)
        settle(app)
    assert shown(staff, order) == ("CONFIRMED", "paid", "0.00")
    fake.answers["/v1/refunds"] = 200, REFUND | {"id": "re_2"}
    staff.post(f"{place}/{refund_id}/retry")
    work_off(app, "payments.send_refund")
    assert fake.asked[-1][1] != refund_id
    assert shown(staff, order) == ("CONFIRMED", "partially_refunded", "9.80")


def test_a_lost_message_is_asked_for(
    app: HoldfastApp, fake: FakeStripe, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    anna.post(f"{ORDERS}/{order['id']}/payment")
    fake.answers["/v1/checkout/sessions/cs_1"] = 200, session(order)
    theirs = REFUND | {"id": "re_9", "amount": 1000}
    fake.answers["/v1/refunds"] = 200, {"object": "list", "data": [theirs], "has_more": False, "url": "/v1/refunds"}
    sql.execute("UPDATE payments SET asked_at = clock_timestamp() - interval '1 h'")
    tick(app, "payments.reconcile")
    work_off(app, "payments.ask_provider")
    settle(app)
    assert shown(anna, order) == ("CONFIRMED", "partially_refunded", "10.00")
    tell(anna, "checkout.session.completed", session(order))
    tell(anna, "refund.created", theirs, "evt_2")
    settle(app)
    assert shown(anna, order) == ("CONFIRMED", "partially_refunded", "10.00")


def test_of_a_session_that_stripe_does_not_know_nothing_is_told(app: HoldfastApp, fake: FakeStripe) -> None:
    service = providers.chosen(settings_of(app))
    assert service.told_of(reference="ORD-1", checkout_id="cs_none") == []


@pytest.mark.parametrize(
    "change", [{"secret": "whsec_other"}, {"at": 1_700_000_000}, {"body": "{}"}, {"body": b"\xff"}]
)
def test_what_stripe_did_not_sign_just_now_is_refused(
    anna: Caller, order: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = tell(anna, "checkout.session.completed", session(order), **change)
    assert_problem(answer, 401, "webhook_signature_invalid")


def test_without_a_secret_or_a_signature_nothing_is_taken(app: HoldfastApp, anna: Caller) -> None:
    assert_problem(anna.client.post(PLACE, json={}), 401, "webhook_signature_invalid")
    with provided(app, {}):
        assert_problem(tell(anna, "x", {}, secret=""), 401, "webhook_signature_invalid")


@pytest.mark.parametrize(
    "about",
    [5, {}, {"client_reference_id": "ORD-1"}, SESSION | {"client_reference_id": "x\0"}],
)
def test_a_signed_event_that_cannot_be_read_is_refused(fake: FakeStripe, anna: Caller, about: Any) -> None:
    assert_problem(tell(anna, "checkout.session.completed", about), 422, "validation_failed")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"), [("19.90", "EUR", 1990), ("1990", "JPY", 1990), ("1.5", "KWD", 1500)]
)
def test_amounts_are_counted_as_stripe_counts_them(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert to_major(minor, currency.lower()) == Decimal(amount)
