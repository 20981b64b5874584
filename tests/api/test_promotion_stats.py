"""`GET /stats/promotions/{id}`: what shops told, and the own sales that nobody from outside can touch."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.buys import queries
from app.buys.service import folding
from app.core import db
from app.core.clock import rfc3339
from app.core.web import HoldfastApp
from tests.api.made_orders import paid
from tests.api.made_promos import complete, hold, promo
from tests.api.problem import assert_problem
from tests.callers import Caller

BUY, STATS = "/api/v1/buy", "/api/v1/stats/promotions"
NONE = {"units": 0, "purchases": 0, "buyers": 0, "series": [], "hours": [], "top_products": [], "top_buyers": []}


def told(
    caller: Caller, promotion_id: int = 5, *, user: int = 1, product: int = 1, quantity: int = 1, ago: float = 0
) -> datetime:
    """The moment of which the buy was told."""
    body = {"user_id": user, "promotion_id": promotion_id, "product_id": product, "product_quantity": quantity}
    moment = datetime.now(UTC) - timedelta(seconds=ago)
    answer = caller.client.post(BUY, json=body, headers={"X-Timestamp": moment.isoformat()})
    assert answer.status_code == 200, answer.text
    return moment


def figures(caller: Caller, promotion_id: int = 5, **query: Any) -> Any:
    answer = caller.get(f"{STATS}/{promotion_id}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_shops_told_is_there_at_once(staff: Caller) -> None:
    told(staff, user=1, product=10, quantity=3)
    told(staff, user=2, product=11, quantity=1)
    told(staff, user=1, product=11, quantity=1, ago=3600)
    told(staff, 6, user=9, product=9, quantity=9)
    shown = figures(staff)
    assert (shown["units"], shown["purchases"], shown["buyers"]) == (5, 3, 2)
    assert [(each["units"], each["purchases"]) for each in shown["series"]] == [(1, 1), (4, 2)]
    product = [(each["product_id"], each["units"], each["purchases"]) for each in shown["top_products"]]
    assert product == [(10, 3, 1), (11, 2, 2)]
    assert [(each["user_id"], each["units"]) for each in shown["top_buyers"]] == [(1, 4), (2, 1)]
    assert sum(each["units"] for each in shown["hours"]) == 5
    told(staff, user=3)
    assert figures(staff)["buyers"] == 3


@pytest.mark.parametrize("grain", ["second", "minute", "hour", "day"])
def test_a_late_buy_is_in_the_bucket_of_its_time(staff: Caller, grain: str) -> None:
    told(staff, ago=0)
    figures(staff)
    late = told(staff, ago=6 * 86400, quantity=7)
    first, last = figures(staff, grain=grain)["series"]
    at = datetime.fromisoformat(first["at"])
    assert first["at"] == rfc3339(at)
    span = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[grain]
    assert timedelta(0) <= late - at < timedelta(seconds=span)
    assert at.timestamp() % span == 0
    assert (first["units"], last["units"]) == (7, 1)


def test_a_promotion_that_nobody_told_of_has_no_figures(staff: Caller) -> None:
    assert figures(staff, 9) == NONE | {"promotion_id": 9, "source": "tracker", "grain": "hour"}


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("UTC", {0: 1, 1: 2}),
        ("Europe/Berlin", {1: 1, 3: 2}),
        ("Asia/Kolkata", {6: 3}),
        ("Asia/Kathmandu", {6: 1, 7: 2}),
    ],
)
def test_hours_are_those_of_the_business_also_when_the_clock_is_put_forward(
    app: HoldfastApp, sql: Any, clean: None, zone: str, hours: dict[int, int]
) -> None:
    """At 01:00 UTC of this day the clocks of Berlin go from 2 to 3; India is half an hour off, Nepal three quarters."""
    for number, at in enumerate(["2026-03-29 00:59:59Z", "2026-03-29 01:16Z", "2026-03-29 01:29:59Z"], 1):
        sql.execute("INSERT INTO buys VALUES (1, %s, clock_timestamp(), %s, 1, 5, 1, 1)", (number, at))
    sql.execute("INSERT INTO buy_lanes VALUES (1, 3, 3)")
    with app.app_context(), db.transaction():
        folding.fold_all()
        found = queries.tracked(5, grain="hour", zone=zone)
    assert {each["hour"]: each["units"] for each in found.hours} == hours
    assert [each["units"] for each in found.series] == [1, 2]


def test_own_sales_are_paid_orders_net_of_refunds(staff: Caller, anna: Caller, bert: Caller) -> None:
    made = promo(staff, quantity=5)
    orders = []
    for buyer in (anna, bert):
        orders.append(complete(buyer, hold(buyer, made["id"])).json)
        assert paid(staff, orders[-1]).status_code == 201
        told(staff, made["id"], user=buyer.user_id, quantity=1000)
    part = staff.post(f"/api/v1/orders/{orders[-1]['id']}/refunds", json={"amount": "4.90", "reason": "late"})
    assert part.status_code == 201, part.text
    shown = figures(staff, made["id"], source="own")
    money = {"currency": "EUR", "revenue": "19.80", "refunds": "4.90", "net": "14.90"}
    assert {key: shown[key] for key in money} == money
    assert (shown["units"], shown["purchases"], shown["buyers"]) == (2, 2, 2)
    assert [each["net"] for each in shown["series"]] == ["14.90"]
    rest = staff.post(f"/api/v1/orders/{orders[-1]['id']}/refunds", json={"reason": "later still"})
    assert rest.status_code == 201, rest.text
    shown = figures(staff, made["id"], source="own")
    assert (shown["units"], shown["buyers"], shown["net"]) == (1, 1, "9.90")
    assert [each["user_id"] for each in shown["top_buyers"]] == [anna.user_id]
    assert figures(staff, made["id"])["units"] == 2000


def test_an_unpaid_order_is_no_own_sale(staff: Caller, anna: Caller) -> None:
    made = promo(staff)
    complete(anna, hold(anna, made["id"]))
    shown = figures(staff, made["id"], source="own")
    nothing = {"currency": "EUR", "revenue": "0.00", "refunds": "0.00", "net": "0.00"}
    assert shown == NONE | nothing | {"promotion_id": made["id"], "source": "own", "grain": "hour"}


def test_own_sales_of_a_promo_that_is_none_are_not_found(staff: Caller) -> None:
    assert_problem(staff.get(f"{STATS}/2000000000?source=own"), 404)
    assert_problem(staff.get(f"{STATS}/2000000000?source=both"), 422)
    assert_problem(staff.get(f"{STATS}/2000000000?grain=week"), 422)


def test_when_there_is_too_much_to_fold_the_caller_is_asked_to_come_back(
    staff: Caller, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "IN_PASSING", 1)
    monkeypatch.setattr(folding, "ROUNDS", 2)
    for _ in range(3):
        sql.execute("SELECT buys_log(1, 5, 1, 1, NULL, '{}', NULL)")  # by one connection, so in one lane
    problem = assert_problem(staff.get(f"{STATS}/5"), 503)
    assert problem["code"] == "busy"
    assert figures(staff)["units"] == 3
