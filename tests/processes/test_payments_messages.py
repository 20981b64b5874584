"""What providers tell, however it comes: believed when it is signed, done once, one end whatever the order."""

import itertools
import random
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from app.core import context, db
from app.core.settings import load
from app.orders.service import placing
from tests.api.made_orders import ORDERS, WEBHOOK, signed
from tests.processes.shelf import at_once
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

DUPLICATES = 20
EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("failed", {}),
    ("success", {}),
    ("success", {"method": "card"}),
    ("failed", {}),
    ("refunded", {"amount": "9.90", "refund_id": "re_1"}),
)
HEARD = "SELECT sum(repeats)::int, count(*)::int FROM webhook_events WHERE reference = %s"
STATE = "SELECT state FROM webhook_events WHERE reference = %s"
GONE = "SELECT sum(amount)::text, count(*)::int FROM refunds WHERE reference = %s AND state = 'succeeded'"


def test_five_events_end_the_same_in_each_order_and_told_twenty_times(till: Till) -> None:
    till.people()
    turns = random.sample(list(itertools.permutations(range(5))), scaled(120, least=6))
    orders = till.ordered(len(turns))

    def told(order: dict[str, Any], turn: Sequence[int]) -> None:
        for number in turn:
            status, more = EVENTS[number]
            event = f"{order['reference']}-{number}"
            answers = {till.tell(event, order, status, **more).status_code for _ in range(DUPLICATES)}
            assert answers == {200}

    at_once(lambda pair: told(*pair), list(zip(orders, turns, strict=True)), lanes=4)
    till.until_settled(orders, paid="partially_refunded")
    till.until_quiet()
    for order in orders:
        assert till.web.sql(HEARD, order["reference"]) == [(5 * (DUPLICATES - 1), 5)]
        assert till.web.sql(GONE, order["reference"]) == [("9.90", 1)]
        assert till.web.sql(STATE, order["reference"]) == [("settled",)] * 5
    assert till.captures(orders) == {order["reference"]: 1 for order in orders}


def test_forged_old_and_altered_messages_are_taken_by_nobody(till: Till) -> None:
    till.people()
    orders = till.ordered(scaled(200, least=4))

    def forged(order: dict[str, Any]) -> set[int]:
        event = {"event_id": f"f {order['reference']}", "reference": order["reference"], "status": "success"}
        good = signed(event | {"amount": order["total"]})
        body, now = good["data"], time.time()
        spot = random.randrange(len(body))  # noqa: S311 - chance, not a secret
        tries = [
            signed(event | {"amount": order["total"]}, secret="Zm9yZ2Vk"),
            signed(event | {"amount": order["total"]}, at=now - 302),
            signed(event | {"amount": order["total"]}, at=now + 330),
            good | {"data": body[:spot] + chr(ord(body[spot]) ^ 1) + body[spot + 1 :]},
            good | {"headers": good["headers"] | {"webhook-id": "another"}},
        ]
        return {till.web.call("POST", WEBHOOK, **each).status_code for each in tries}

    assert {status for statuses in at_once(forged, orders, lanes=4) for status in statuses} == {401}
    assert till.web.sql("SELECT count(*) FROM webhook_events WHERE event_id LIKE 'f ORD-%%'") == [(0,)]
    till.until_settled(orders, status="PENDING", paid="unpaid")


def test_a_wrong_amount_is_looked_at_and_goes_back_when_the_order_is_cancelled(till: Till) -> None:
    till.people()
    orders = till.ordered(scaled(50, least=2))
    at_once(lambda order: till.provider.pay(order["reference"], amount="19.89"), orders, lanes=4)
    till.until_settled(orders, status="PENDING", paid="review")
    at_once(partial(cancelled, till), orders, lanes=4)
    till.until_settled(orders, status="CANCELLED", paid="refunded")
    till.until_quiet()
    for order in orders:
        assert till.provider.events(order["reference"]) == [("success", "19.89"), ("refunded", "19.89")]


def test_a_payment_after_the_cancellation_goes_back_once_and_is_told(till: Till) -> None:
    till.provider.behave(duplicates=3)
    till.people()
    orders = till.ordered(scaled(100, least=3))
    at_once(partial(cancelled, till), orders, lanes=4)
    till.pay(orders)
    till.until_settled(orders, status="CANCELLED", paid="refunded")
    till.until_quiet()
    for order in orders:
        assert till.provider.events(order["reference"]) == [("success", "19.90"), ("refunded", "19.90")]
        mails = till.mails(order["reference"])
        assert (len(mails), set(mails.values())) == (3, {1}), mails


def test_a_message_that_comes_before_its_order_is_committed_pays_it(till: Till) -> None:
    till.people()
    product, settings = till.shelf.product(100), load(till.web.environment)
    for buyer in till.shelf.buyers(scaled(20, least=2)):
        with till.shelf.app.app_context(), context.surroundings(source="api"), db.transaction():
            row = placing.place(user_id=buyer.id, items=[{"product_id": product, "quantity": 1}], settings=settings)
            order = {"reference": row.reference, "total": str(row.total)}
            assert till.tell(f"early {row.reference}", order).status_code == 200
            parked = partial(till.web.sql, STATE, row.reference)
            till.crew.until(lambda: parked() == [("parked",)], "the message waits for its order")  # noqa: B023
        till.until_settled([order])


def cancelled(till: Till, order: dict[str, Any]) -> None:
    """An operator undoes an order."""
    answer = till.web.patiently("POST", f"{ORDERS}/{order['id']}/cancel", token=till.shelf.token)
    assert answer.status_code == 200, answer.text
