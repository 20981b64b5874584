"""Orders hold their units, are undone once, and go only where the table of rules lets them."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made import RESERVATIONS, held, product, stock
from tests.api.made_orders import ORDERS, breaches, paid, placed
from tests.api.made_promos import complete, hold, promo
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.api.worked import tick
from tests.callers import Caller

OVERDUE = "UPDATE orders SET pay_by = clock_timestamp() - interval '1 ms'"


pytestmark = pytest.mark.usefixtures("sound")


def test_an_order_holds_its_units_and_says_what_it_costs(anna: Caller, staff: Caller, tea: int) -> None:
    cup = product(staff, sku="CUP", name="Cup", price="3.05", total_stock=9)["id"]
    answer = placed(anna, (cup, 2), (tea, 1), (cup, 1))
    assert answer.status_code == 201, answer.text
    order = answer.json
    assert order.keys() == {
        "id", "reference", "customer_id", "status", "payment_status", "total", "refunded", "currency", "items",
        "created_at", "updated_at", "pay_by", "paid_at",
    }  # fmt: skip
    assert (order["status"], order["payment_status"], order["total"]) == ("PENDING", "unpaid", "29.05")
    assert order["items"] == [
        {"product_id": tea, "name": "Green tea", "quantity": 1, "unit_price": "19.90", "subtotal": "19.90"},
        {"product_id": cup, "name": "Cup", "quantity": 3, "unit_price": "3.05", "subtotal": "9.15"},
    ]
    assert anna.get(answer.headers["Location"]).json == order
    assert (stock(anna, tea), stock(anna, cup)) == ((5, 4, 1), (9, 6, 3))
    staff.patch(f"/api/v1/products/{tea}", json={"price": "25.00", "name": "Dear tea"})
    assert anna.get(answer.headers["Location"]).json == order


NAMES = ['a "quoted" name', "back\\slash", "tab\tand é 🎉", "</script><b>"]


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_shown_alike_when_placed_listed_and_asked_for(
    app: HoldfastApp, anna: Caller, staff: Caller, sql: Any, name: str
) -> None:
    first, second = (
        product(staff, sku=price, name=name, price=price, total_stock=9)["id"] for price in ("0.10", "12345678.90")
    )
    made = placed(anna, (second, 3), (first, 1)).json
    prices = [(line["product_id"], line["name"], line["unit_price"], line["subtotal"]) for line in made["items"]]
    assert prices == [(first, name, "0.10", "0.10"), (second, name, "12345678.90", "37037036.70")]
    assert anna.get(ORDERS).json["data"][0]["items"] == made["items"]
    assert anna.get(f"{ORDERS}/{made['id']}").json["items"] == made["items"]
    sql.execute("UPDATE order_items SET name = 'other'")
    assert [breach for breach, _ in breaches(app)] == ["orders.lines"]
    sql.execute("UPDATE order_items SET name = %s", [name])


def test_an_order_waits_thirty_minutes_for_its_payment(anna: Caller, tea: int, sql: Any) -> None:
    placed(anna, (tea, 1))
    sql.execute("SELECT pay_by - created_at BETWEEN '1799 s' AND '1801 s' FROM orders")
    assert sql.fetchone() == (True,)


def test_staff_order_for_a_customer_who_is_there_and_not_for_themselves(
    anna: Caller, bert: Caller, staff: Caller, tea: int
) -> None:
    lines = {"items": [{"product_id": tea, "quantity": 1}]}
    assert staff.post(ORDERS, json=lines | {"customer_id": anna.user_id}).json["customer_id"] == anna.user_id
    assert bert.post(ORDERS, json=lines | {"customer_id": anna.user_id}).json["customer_id"] == bert.user_id
    assert staff.delete(f"/api/v1/customers/{bert.user_id}").status_code == 204
    for nobody in ({}, {"customer_id": staff.user_id}, {"customer_id": 10**9}, {"customer_id": bert.user_id}):
        assert_problem(staff.post(ORDERS, json=lines | nobody), 404, "customer_not_found")
    assert stock(staff, tea) == (5, 3, 2)


def test_an_order_is_all_or_nothing(anna: Caller, staff: Caller, tea: int, sql: Any) -> None:
    cup = product(staff, sku="CUP", total_stock=1)["id"]
    problem = assert_problem(placed(anna, (tea, 1), (cup, 2)), 409, "insufficient_stock")
    assert (problem["product_id"], problem["available"], problem["wanted"]) == (cup, 1, 2)
    assert_problem(placed(anna, (tea, 1), (cup + 1, 1)), 404, "product_not_found")
    assert (stock(anna, tea), stock(anna, cup)) == ((5, 5, 0), (1, 1, 0))
    sql.execute("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM payments), (SELECT count(*) FROM jobs)")
    assert sql.fetchone() == (0, 0, 0)


def test_every_try_is_counted_by_how_it_ended(anna: Caller, tea: int) -> None:
    def counted() -> list[float]:
        each = ({"status": status} for status in ("created", "insufficient_stock"))
        return [REGISTRY.get_sample_value("orders_created_total", labels) or 0.0 for labels in each]

    before = counted()
    placed(anna, (tea, 5))
    placed(anna, (tea, 1))
    placed(anna, (tea, 1), headers={"Idempotency-Key": "k"})
    assert [after - then for after, then in zip(counted(), before, strict=True)] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{"product_id": 1, "quantity": 1}], "reservation_ids": ["0199b1f0-0000-7000-8000-000000000000"]},
        {"items": [{"product_id": 1, "quantity": 0}]},
        {"items": [{"product_id": 1, "quantity": "1"}]},
        {"items": [{"product_id": 1, "quantity": 1, "price": "0.01"}]},
        {"reservation_ids": ["no uuid"]},
    ],
)
def test_what_is_no_order_is_refused(anna: Caller, body: dict[str, Any]) -> None:
    assert_problem(anna.post(ORDERS, json=body), 422, "validation_failed")


def test_an_order_of_reservations_takes_all_of_them_or_none(
    anna: Caller, bert: Caller, tea: int, sql: Any, staff: Caller
) -> None:
    first, second, strange = held(anna, tea, 2).json, held(anna, tea).json, held(bert, tea).json

    def order(*holds: dict[str, Any]) -> Any:
        return anna.post(ORDERS, json={"reservation_ids": [hold["id"] for hold in holds]})

    assert_problem(order(first, strange), 404, "reservation_not_found")
    assert stock(anna, tea) == (5, 1, 4)
    assert anna.get(f"{RESERVATIONS}/{first['id']}").json["status"] == "held"
    made = order(first, second, first)
    assert made.status_code == 201, made.text
    assert [(line["product_id"], line["quantity"]) for line in made.json["items"]] == [(tea, 3)]
    assert stock(anna, tea) == (5, 1, 4)
    assert anna.get(f"{RESERVATIONS}/{first['id']}").json["status"] == "completed"
    assert_problem(order(first), 409, "reservation_ended")
    assert anna.post(f"{ORDERS}/{made.json['id']}/cancel").status_code == 200
    assert stock(anna, tea) == (5, 4, 1)


def test_a_lapsed_reservation_makes_no_order(anna: Caller, tea: int, sql: Any) -> None:
    hold = held(anna, tea).json
    sql.execute("UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms'")
    answer = anna.post(ORDERS, json={"reservation_ids": [hold["id"]]})
    assert assert_problem(answer, 409, "reservation_ended")["reservation_status"] == "expired"


def test_an_order_takes_the_units_of_lapsed_holds(anna: Caller, bert: Caller, tea: int, sql: Any) -> None:
    held(anna, tea, 5)
    assert_problem(placed(bert, (tea, 1)), 409, "insufficient_stock")
    sql.execute("UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms'")
    assert placed(bert, (tea, 2)).status_code == 201
    assert stock(bert, tea) == (5, 3, 2)


def test_one_unit_and_five_buyers_make_one_order(app: HoldfastApp, as_role: AsRole, staff: Caller) -> None:
    last = product(staff, total_stock=1)["id"]
    buyers = [as_role("customer", f"buyer{number}") for number in range(5)]
    answers = at_once(app, 5, lambda number: _placed(app, buyers[number], (last, 1)))
    assert sorted(answers) == [201, 409, 409, 409, 409]
    assert stock(staff, last) == (1, 0, 1)


def test_orders_of_the_same_two_products_in_either_order_never_block_each_other(
    app: HoldfastApp, as_role: AsRole, staff: Caller
) -> None:
    one, other = (product(staff, sku=sku, total_stock=100)["id"] for sku in "AB")
    buyers = [as_role("customer", f"buyer{number}") for number in range(8)]

    def lane(number: int) -> list[int]:
        lines = [(one, 1), (other, 1)] if number % 2 else [(other, 1), (one, 1)]
        return [_placed(app, buyers[number], *lines) for _ in range(5)]

    answers = at_once(app, 8, lane)
    assert [status for lane_ in answers for status in lane_] == [201] * 40
    assert (stock(staff, one), stock(staff, other)) == ((100, 60, 40), (100, 60, 40))


def test_the_same_key_orders_once(anna: Caller, tea: int) -> None:
    answers = [placed(anna, (tea, 1), headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert len({answer.json["reference"] for answer in answers}) == 1
    assert stock(anna, tea) == (5, 4, 1)
    assert_problem(placed(anna, (tea, 2), headers={"Idempotency-Key": "k"}), 422, "idempotency_mismatch")


def test_a_customer_has_five_unpaid_orders_at_most_and_places_five_a_minute(
    anna: Caller, bert: Caller, staff: Caller, sql: Any
) -> None:
    many = product(staff, total_stock=50)["id"]
    orders = [placed(anna, (many, 1)).json for _ in range(5)]
    problem = assert_problem(placed(anna, (many, 1)), 409, "too_many_unpaid")
    assert (problem["unpaid"], problem["most"]) == (5, 5)
    anna.post(f"{ORDERS}/{orders[0]['id']}/cancel")
    answer = placed(anna, (many, 1))
    assert_problem(answer, 429, "order_rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert placed(bert, (many, 1)).status_code == 201
    sql.execute(
        "UPDATE orders SET created_at = created_at - interval '61 s' WHERE reference = %s", (orders[0]["reference"],)
    )
    assert placed(anna, (many, 1)).status_code == 201


def test_what_was_bought_of_promos_does_not_count_as_an_order_of_this_minute(
    anna: Caller, staff: Caller, tea: int
) -> None:
    sale = promo(staff, quantity=9, per_customer_limit=9)
    for _ in range(6):
        bought = complete(anna, hold(anna, sale["id"]))
        assert anna.post(f"{ORDERS}/{bought.json['id']}/cancel").status_code == 200
    assert placed(anna, (tea, 1)).status_code == 201


def test_five_orders_are_the_most_also_when_asked_at_once(app: HoldfastApp, anna: Caller, staff: Caller) -> None:
    many = product(staff, total_stock=50)["id"]
    answers = at_once(app, 8, lambda _: [_placed(app, anna, (many, 1)) for _ in range(2)])
    statuses = [status for batch in answers for status in batch]
    assert (statuses.count(201), statuses.count(409)) == (5, 11)


def test_an_unpaid_order_is_undone_once_when_its_time_is_over(
    app: HoldfastApp, anna: Caller, tea: int, sql: Any
) -> None:
    order = placed(anna, (tea, 3)).json
    assert tick(app, "orders.expire_unpaid") == 0
    sql.execute(OVERDUE)
    assert sum(at_once(app, 6, lambda _: tick(app, "orders.expire_unpaid"))) == 1
    shown = anna.get(f"{ORDERS}/{order['id']}").json
    assert (shown["status"], shown["payment_status"]) == ("CANCELLED", "unpaid")
    assert stock(anna, tea) == (5, 5, 0)
    sql.execute("SELECT kind, available_delta, reserved_delta FROM stock_movements ORDER BY id")
    assert sql.fetchall()[1:] == [("ordered", -3, 3), ("cancelled", 3, -3)]


def test_a_customer_cancels_their_own_unpaid_order_and_no_other(
    anna: Caller, bert: Caller, staff: Caller, tea: int
) -> None:
    order = placed(anna, (tea, 3)).json
    cancel = f"{ORDERS}/{order['id']}/cancel"
    assert_problem(bert.post(cancel), 404, "order_not_found")
    assert_problem(bert.get(f"{ORDERS}/{order['id']}"), 404, "order_not_found")
    assert anna.post(cancel).json["status"] == "CANCELLED"
    assert stock(anna, tea) == (5, 5, 0)
    assert_problem(anna.post(cancel), 409, "illegal_transition")
    second = placed(anna, (tea, 1)).json
    paid(staff, second)
    problem = assert_problem(anna.post(f"{ORDERS}/{second['id']}/cancel"), 409, "illegal_transition")
    assert problem["allowed"] == []


def _placed(app: HoldfastApp, buyer: Caller, *items: tuple[int, int]) -> int:
    caller = Caller(app.test_client(), buyer.user_id, buyer.username, buyer.token)
    return int(placed(caller, *items).status_code)
