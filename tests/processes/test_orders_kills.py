"""Whoever dies while an order is placed, undone or moved: each is there once, with its units, steps and mails."""

import signal
from dataclasses import replace
from typing import Any

import pytest
import requests

from app.operations.demo.buyers import Buyer
from tests.processes.shelf import at_once
from tests.processes.stack import serving_beside
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

OVER = "UPDATE orders SET pay_by = clock_timestamp() WHERE reference = ANY (%s)"
PLACED = "SELECT count(*)::int FROM order_items WHERE product_id = %s"
STEPS = "SELECT DISTINCT steps, payment_status FROM orders WHERE reference = ANY (%s)"


def insisted(till: Till, buyer: Buyer, product: int) -> dict[str, Any]:
    """The order that a buyer gets who asks again, under the same key, while no answer comes."""
    while True:
        try:
            answer = till.order(buyer, product, key=f"{buyer.id}-wants-{product}")
        except requests.RequestException:
            continue
        if answer.status_code == 201:
            order: dict[str, Any] = answer.json()
            return order
        assert answer.status_code in {409, 503}, answer.text


@pytest.mark.parametrize("point", ["edge.before_commit:10", "edge.committed:10"])
def test_a_web_process_killed_around_the_commit_of_an_order_places_it_once(till: Till, point: str) -> None:
    many = scaled(50, least=11)
    product, buyers = till.shelf.product(many), till.shelf.buyers(many)
    with serving_beside(till.web, HOLDFAST_CRASH_POINT=point, WORKERS="1") as fragile:
        here = replace(till, shelf=replace(till.shelf, web=fragile))
        orders = at_once(lambda buyer: insisted(here, buyer, product), buyers, lanes=4)
        assert "SIGKILL" in fragile.output.read_text()
    assert len({order["id"] for order in orders}) == many
    assert till.web.sql(PLACED, product) == [(many,)]
    assert till.stock(product) == (many, 0, many)
    till.people()
    till.until_quiet()
    for order in orders:
        mails = till.mails(order["reference"])
        assert (len(mails), set(mails.values())) == (1, {1}), mails


EXPIRE = "orders.expire_unpaid"
POINTS = [f"{EXPIRE}.before_commit", f"{EXPIRE}.done", "jobs.leased", "jobs.before_commit", "jobs.done"]


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_while_it_undoes_what_is_unpaid_undoes_it_once(till: Till, point: str) -> None:
    orders = till.ordered(scaled(200, least=5))
    names, product = [order["reference"] for order in orders], orders[0]["items"][0]["product_id"]
    healthy = till.people()
    till.until_quiet()
    till.crew.dismiss(healthy)
    till.web.sql(OVER, names)
    killed = till.people(HOLDFAST_CRASH_POINT=point)
    till.until_settled(orders, status="CANCELLED", paid="unpaid")
    till.until_quiet()
    assert killed.ends == [-signal.SIGKILL]
    assert till.web.sql(STEPS, names) == [(2, "unpaid")]
    assert till.stock(product) == (len(orders), len(orders), 0)
    for name in names:
        mails = till.mails(name)
        assert (len(mails), set(mails.values())) == (2, {1}), mails
