"""Two operators take the same step of an order at the same moment: one of them wins, the other is told so."""

from typing import Any

import pytest
import requests

from app.orders import rules
from tests.api.made_orders import ORDERS
from tests.processes.shelf import at_once, told
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

EDGES = [(before, after) for before, allowed in rules.NEXT.items() for after in allowed]
STEPS = "SELECT count(*)::int FROM order_events WHERE order_id = %s AND kind = %s"


def moved(till: Till, order: dict[str, Any], status: str) -> requests.Response:
    """The answer to an operator who takes this step."""
    place, token = f"{ORDERS}/{order['id']}", till.shelf.token
    if status == "CONFIRMED":
        return till.web.patiently("POST", f"{place}/payments", token=token, json={"note": "cash"})
    return till.web.patiently("PATCH", place, token=token, json={"status": status})


@pytest.mark.parametrize(("before", "after"), EDGES)
def test_of_two_operators_at_each_legal_step_one_wins(till: Till, before: str, after: str) -> None:
    many = scaled(50, least=3)
    product = till.shelf.product(many)
    way = rules.STATUSES[1 : 1 + rules.STATUSES.index(before)]
    for buyer in till.shelf.buyers(many):
        order = till.order(buyer, product).json()
        for status in way:
            assert moved(till, order, status).ok
        answers = told(at_once(lambda wanted: moved(till, order, wanted), [after] * 2, lanes=2))  # noqa: B023 - at once
        is_paid = after == "CONFIRMED"
        refusal = "order_not_payable" if is_paid else "illegal_transition"
        assert answers == {(201 if is_paid else 200, ""): 1, (409, refusal): 1}
        assert till.web.sql(STEPS, order["id"], "paid" if is_paid else after.lower()) == [(1,)]
    assert till.stock(product) == ((many, many, 0) if after == "CANCELLED" else (0, 0, 0))
