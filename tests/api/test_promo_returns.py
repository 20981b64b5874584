"""The unit of an order that is undone comes back once: to its promo while that lasts, else to the shelf."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.promos.service import sold_out
from tests.api.made import stock
from tests.api.made_promos import PROMOS, breaches, complete, hold, promo, state
from tests.api.worked import tick
from tests.callers import Caller


@pytest.fixture
def sale(operator: Caller) -> dict[str, Any]:
    """A running promo of one unit, of which nobody thinks that it is sold out."""
    sold_out.HINTS.clear()
    return promo(operator)


def test_the_unit_of_an_unpaid_order_is_on_sale_again_once(
    anna: Caller, operator: Caller, sale: dict[str, Any], sql: Any, app: HoldfastApp
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    sql.execute("UPDATE orders SET pay_by = clock_timestamp() - interval '1 s'")
    assert tick(app, "orders.expire_unpaid") == 1
    assert anna.get(f"/api/v1/orders/{order['id']}").json["status"] == "CANCELLED"
    assert tick(app, "orders.expire_unpaid") == 0
    sold_out.HINTS.clear()
    assert state(operator, sale["id"]) == ("running", 0, 0, 1)
    assert hold(anna, sale["id"]).status_code == 201
    assert breaches(app) == []


def test_the_unit_of_a_cancelled_order_of_an_ended_promo_goes_to_the_shelf(
    anna: Caller, operator: Caller, sale: dict[str, Any], app: HoldfastApp
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    operator.post(f"{PROMOS}/{sale['id']}/end")
    assert stock(operator, sale["product_id"]) == (10, 9, 1)
    assert operator.post(f"/api/v1/orders/{order['id']}/cancel").status_code == 200
    assert stock(operator, sale["product_id"]) == (10, 10, 0)
    assert breaches(app) == []


def test_a_paid_order_that_is_cancelled_brings_its_unit_back_to_the_promo(
    anna: Caller, operator: Caller, sale: dict[str, Any], app: HoldfastApp
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    paid = operator.post(f"/api/v1/orders/{order['id']}/payments", json={"note": "cash"})
    assert paid.status_code in {200, 201}, paid.text
    assert stock(operator, sale["product_id"]) == (9, 9, 0)
    assert operator.post(f"/api/v1/orders/{order['id']}/cancel").status_code == 200
    assert stock(operator, sale["product_id"]) == (10, 9, 1)
    assert state(operator, sale["id"]) == ("running", 0, 0, 1)
    assert breaches(app) == []


def test_the_unit_of_an_order_that_is_cancelled_during_a_pause_comes_back_to_the_promo(
    anna: Caller, operator: Caller, sale: dict[str, Any], app: HoldfastApp
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    operator.post(f"{PROMOS}/{sale['id']}/pause")
    assert anna.post(f"/api/v1/orders/{order['id']}/cancel").status_code == 200
    assert state(operator, sale["id"]) == ("paused", 0, 0, 1)
    assert stock(operator, sale["product_id"]) == (10, 9, 1)
    operator.post(f"{PROMOS}/{sale['id']}/resume")
    sold_out.HINTS.clear()
    assert hold(anna, sale["id"]).status_code == 201
    assert breaches(app) == []


def test_the_unit_of_a_paid_order_of_an_ended_promo_goes_to_the_shelf(
    anna: Caller, operator: Caller, sale: dict[str, Any], app: HoldfastApp
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    operator.post(f"/api/v1/orders/{order['id']}/payments", json={"note": "cash"})
    operator.post(f"{PROMOS}/{sale['id']}/end")
    assert stock(operator, sale["product_id"]) == (9, 9, 0)
    assert operator.post(f"/api/v1/orders/{order['id']}/cancel").status_code == 200
    assert stock(operator, sale["product_id"]) == (10, 10, 0)
    assert breaches(app) == []


def test_a_unit_that_is_taken_back_again_comes_back_once(
    anna: Caller, operator: Caller, sql: Any, app: HoldfastApp
) -> None:
    sale = promo(operator, quantity=3, per_customer_limit=3)
    one, _ = (complete(anna, hold(anna, sale["id"])).json for _ in range(2))
    anna.post(f"/api/v1/orders/{one['id']}/cancel")
    sql.execute("SELECT promos_take_back(ARRAY[%s]::uuid[], '{}')", [one["id"]])
    assert state(operator, sale["id"]) == ("running", 0, 1, 2)
    assert breaches(app) == []
