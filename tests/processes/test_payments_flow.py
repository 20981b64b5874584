"""From the order to the mail over real processes, however the provider's messages come."""

import json
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest

from tests.processes.shelf import at_once, told
from tests.processes.stack import FLASK, eventually, serving_beside
from tests.processes.till import OPEN, Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

RECONCILE = "/api/v1/schedules/payments.reconcile/run"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
RECONCILED = "SELECT 1 FROM jobs WHERE name = 'payments.reconcile' AND state = 'done'"
PLACES = 2  # PAYMENT_CALLS of a web process
DISORDERLY = {"duplicates": 19, "disorder": 1.0}


def was_paid_once(till: Till, orders: list[dict[str, Any]]) -> None:
    """One capture each, one mail of each kind, the units out of the stock, and nothing open."""
    till.until_settled(orders)
    till.until_quiet()
    assert till.captures(orders) == {order["reference"]: 1 for order in orders}
    for order in orders:
        mails = till.mails(order["reference"])
        assert (len(mails), set(mails.values())) == (2, {1}), mails
    assert till.stock(orders[0]["items"][0]["product_id"]) == (0, 0, 0)


@pytest.mark.parametrize("behaviour", [{}, DISORDERLY], ids=str)
def test_an_order_that_is_paid_is_confirmed_and_told_once(till: Till, behaviour: dict[str, Any]) -> None:
    till.provider.behave(**behaviour)
    till.people()
    orders = till.ordered(scaled(200, least=4))
    till.pay(orders)
    was_paid_once(till, orders)


def test_what_was_told_to_nobody_is_found_out(till: Till) -> None:
    till.provider.behave(loss=1)
    till.people()
    # The clock's own round, which would find them out before they are looked at, is over; the next is a minute away.
    till.crew.until(lambda: till.web.sql(RECONCILED) and not till.web.sql(OPEN), "the clock's first round is over")
    orders = till.ordered(scaled(100, least=3))
    till.pay(orders)
    eventually(lambda: till.due_for_questions(orders) == len(orders), "they are due to be asked for")
    assert till.captures(orders) == {}
    assert till.web.call("POST", RECONCILE, token=till.shelf.token).ok
    was_paid_once(till, orders)


def test_the_command_pays_an_order_of_the_running_stack(till: Till) -> None:
    till.people()
    orders = till.ordered(1)
    done = till.web.run(*FLASK, "demo", "pay", orders[0]["reference"], "--duplicates", "3", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["reference"], told["status"], told["told"]) == (orders[0]["reference"], "success", 4)
    was_paid_once(till, orders)


def test_a_hundred_parallel_orders_with_one_key_are_one_order(till: Till) -> None:
    product, (anna, bert) = till.shelf.product(200), till.shelf.buyers(2)
    key = f"one-order-{product}"
    answers = at_once(lambda _: till.order(anna, product, key=key), repeat(None, 100))
    statuses = told(answers)
    assert statuses.keys() <= {(201, ""), (409, "idempotency_in_flight")}, statuses
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    other = till.order(anna, product, product, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert till.order(bert, product, key=key).json()["id"] != made[0].json()["id"]
    assert till.stock(product) == (200, 198, 2)


def test_one_unit_and_five_buyers_make_one_order(till: Till) -> None:
    product = till.shelf.product(1)
    answers = at_once(lambda buyer: till.order(buyer, product), till.shelf.buyers(5))
    assert told(answers) == {(201, ""): 1, (409, "insufficient_stock"): 4}
    assert till.stock(product) == (1, 0, 1)


def test_orders_of_two_products_in_either_order_never_block_each_other(till: Till) -> None:
    count = scaled(200, least=40)
    before, products = till.web.sql(DEADLOCKS), [till.shelf.product(count) for _ in range(2)]
    buyers = till.shelf.buyers(count)
    turns = [products if number % 2 else products[::-1] for number in range(count)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda buyer, turn: till.order(buyer, *turn).status_code, buyers, turns))
    assert Counter(answers) == {201: count}
    assert [till.stock(product) for product in products] == [(count, 0, count)] * 2
    assert till.web.sql(DEADLOCKS) == before


def test_a_provider_that_hangs_keeps_no_other_buyer_waiting(till: Till) -> None:
    till.provider.behave(hang=600)
    product, buyers = till.shelf.product(20), till.shelf.buyers(14)
    orders = [till.order(buyer, product).json() for buyer in buyers]
    with serving_beside(till.web, WORKERS="1", PAYMENT_TIMEOUT_SECONDS="60") as web, ThreadPoolExecutor(12) as pool:
        here = replace(till, shelf=replace(till.shelf, web=web))
        eventually(web.settled, "it is warm")
        asked = [pool.submit(here.checkout, *each) for each in zip(buyers[:12], orders[:12], strict=True)]
        eventually(lambda: sum(each.done() for each in asked) == 12 - PLACES, "all but those in the places are refused")
        assert [here.order(buyer, product).status_code for buyer in buyers[12:]] == [201, 201]
        assert sum(each.done() for each in asked) == 12 - PLACES
        till.provider.end(signal.SIGKILL)
        answers = told(each.result() for each in asked)
        assert answers == {(503, "payment_provider_unavailable"): 12}
    till.provider.start()
    eventually(lambda: till.checkout(buyers[0], orders[0]).status_code == 200, "the provider is back")
