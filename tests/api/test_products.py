"""Products: what may be written, what is shown, and stock that is never stale."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.redis import Doorbell
from app.core.web import HoldfastApp, settings_of
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, STORES, TEA, held, names, product, stock, store
from tests.api.problem import assert_problem
from tests.callers import Caller


def at(made: dict[str, Any]) -> str:
    return f"{PRODUCTS}/{made['id']}"


def test_a_product_is_shown_as_it_was_put_on_the_shelf(staff: Caller, client: FlaskClient, sql: Any) -> None:
    shop = store(staff)
    answer = staff.post(PRODUCTS, json=TEA | {"store_id": shop["id"]})
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"v1"')
    shown = client.get(answer.headers["Location"]).json
    assert shown == answer.json
    assert {name: shown[name] for name in (*TEA, "available_stock", "reserved_stock", "low_stock_threshold")} == TEA | {
        "available_stock": 5,
        "reserved_stock": 0,
        "low_stock_threshold": 10,
    }
    sql.execute("SELECT action FROM audit_log WHERE object_type = 'product' ORDER BY id")
    assert sql.fetchall() == [("product.created",), ("product.stock_adjusted",)]


@pytest.mark.parametrize("price", ["0.01", 19.9, 5, "9999999999.99"])
def test_a_price_is_taken_as_text_or_number(staff: Caller, price: Any) -> None:
    assert product(staff, price=price)["price"] == f"{float(price):.2f}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "0"},
        {"price": "0.00"},
        {"price": -1},
        {"price": "1.999"},
        {"total_stock": -1},
        {"sku": ""},
        {"name": " "},
    ],
    ids=str,
)
def test_what_no_product_may_be_is_refused(staff: Caller, wrong: dict[str, Any], sql: Any) -> None:
    shop = store(staff)
    problem = assert_problem(staff.post(PRODUCTS, json=TEA | {"store_id": shop["id"]} | wrong), 422)
    assert problem["errors"][0]["pointer"] == f"/{next(iter(wrong))}"
    sql.execute("SELECT count(*) FROM products")
    assert sql.fetchone() == (0,)


def test_a_sku_is_unique_without_case(staff: Caller) -> None:
    made = product(staff)
    again = TEA | {"store_id": made["store_id"], "sku": "tea-250"}
    assert_problem(staff.post(PRODUCTS, json=again), 409, "sku_taken")
    other = product(staff, sku="other")
    assert_problem(staff.patch(at(other), json={"sku": "Tea-250"}), 409, "sku_taken")


def test_a_product_of_no_store_is_refused(staff: Caller) -> None:
    assert_problem(staff.post(PRODUCTS, json=TEA | {"store_id": 2_000_000_000}), 404, "store_not_found")
    assert_problem(staff.patch(at(product(staff)), json={"store_id": 10**9}), 404, "store_not_found")


def test_a_change_keeps_what_it_does_not_name_and_moves_the_version(staff: Caller) -> None:
    made = product(staff)
    answer = staff.patch(at(made), json={"price": "17.50"}, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v2"')
    assert answer.json == made | {"price": "17.50", "updated_at": answer.json["updated_at"]}
    assert_problem(staff.patch(at(made), json={"price": "1.00"}, headers={"If-Match": '"v1"'}), 412, "stale")


def test_a_product_that_was_never_held_is_deleted_with_its_stock(staff: Caller, client: FlaskClient, sql: Any) -> None:
    made = product(staff)
    assert staff.delete(at(made)).status_code == 204
    assert_problem(client.get(at(made)), 404, "product_not_found")
    sql.execute("SELECT (SELECT count(*) FROM product_stock) + (SELECT count(*) FROM stock_movements)")
    assert sql.fetchone() == (0,)


def test_a_store_with_products_stays(staff: Caller) -> None:
    made = product(staff)
    problem = assert_problem(staff.delete(f"{STORES}/{made['store_id']}"), 409, "in_use")
    assert problem["references"] == {"products": 1}


@pytest.mark.parametrize(
    "hide", ["UPDATE products SET is_active = false", "UPDATE stores SET is_active = false"], ids=["product", "store"]
)
def test_what_is_not_sold_is_shown_to_staff_only(
    staff: Caller, client: FlaskClient, as_role: AsRole, sql: Any, hide: str
) -> None:
    made = product(staff)
    sql.execute(hide)
    assert_problem(client.get(at(made)), 404, "product_not_found")
    assert as_role("customer").get(PRODUCTS).json["data"] == []
    assert staff.get(at(made)).status_code == 200
    assert names(as_role("viewer").get(PRODUCTS)) == ["Green tea"]


@pytest.fixture
def three(staff: Caller) -> list[dict[str, Any]]:
    """Three products in two stores."""
    shop = store(staff)["id"]
    return [
        product(staff, store_id=shop, sku="a", name="Beta 100%", total_stock=3),
        product(staff, store_id=shop, sku="b_1", name="alpha", total_stock=30),
        product(staff, sku="c", name="Gamma", total_stock=10),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["alpha", "Beta 100%", "Gamma"]),
        ("ordering=-name", ["Gamma", "Beta 100%", "alpha"]),
        ("ordering=newest", ["Gamma", "alpha", "Beta 100%"]),
        ("q=%25", ["Beta 100%"]),
        ("q=B_1", ["alpha"]),
        ("low_stock=true", ["Beta 100%"]),
        ("low_stock=false", ["alpha", "Gamma"]),
        ("limit=1", ["alpha"]),
    ],
)
@pytest.mark.usefixtures("three")
def test_lists_are_filtered_and_ordered(client: FlaskClient, query: str, expected: list[str]) -> None:
    assert names(client.get(f"{PRODUCTS}?{query}")) == expected


def test_lists_narrow_to_a_store_or_to_ids(client: FlaskClient, three: list[dict[str, Any]]) -> None:
    assert names(client.get(f"{PRODUCTS}?store_id={three[0]['store_id']}")) == ["alpha", "Beta 100%"]
    assert names(client.get(f"{PRODUCTS}?ids={three[2]['id']},%20{three[0]['id']},2000000000")) == [
        "Beta 100%",
        "Gamma",
    ]
    many = ",".join(map(str, range(1, 102)))
    for wrong in ("", "x", "1,,2", "0", "-1", many):
        assert_problem(client.get(f"{PRODUCTS}?ids={wrong}"), 422, "validation_failed")


def test_fields_narrow_what_is_shown(client: FlaskClient, three: list[dict[str, Any]]) -> None:
    page = client.get(f"{PRODUCTS}?fields=available_stock,name&limit=1").get_json()
    assert page["data"] == [{"available_stock": 30, "name": "alpha"}]
    assert client.get(f"{at(three[0])}?fields=total_stock").json == {"total_stock": 3}


@pytest.fixture(params=["redis answers", "redis is gone"])
def fresh(request: pytest.FixtureRequest, app: HoldfastApp, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application with its Redis, or with one where nobody listens."""
    if request.param == "redis is gone":
        monkeypatch.setitem(app.extensions, "holdfast.redis", Doorbell(replace(settings_of(app), redis_url="")))


CHANGES: dict[str, Callable[[Caller, dict[str, Any]], Any]] = {
    "added": lambda staff, made: product(staff, store_id=made["store_id"], sku="x", name="Another"),
    "renamed": lambda staff, made: staff.patch(at(made), json={"name": "Black tea"}),
    "hidden": lambda staff, made: staff.patch(at(made), json={"is_active": False}),
    "deleted": lambda staff, made: staff.delete(at(made)),
    "its store hidden": lambda staff, made: staff.patch(f"{STORES}/{made['store_id']}", json={"is_active": False}),
    "held": lambda staff, made: held(staff, made["id"], 2),
    "adjusted": lambda staff, made: staff.post(f"{at(made)}/stock-adjustments", json={"delta": 4, "reason": "r"}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("fresh")
def test_a_list_shows_every_change_at_once(staff: Caller, client: FlaskClient, sql: Any, change: str) -> None:
    made = product(staff)
    seen = [client.get(PRODUCTS).get_json() for _ in range(2)]
    assert seen[0] == seen[1]
    assert CHANGES[change](staff, made)
    sql.execute(
        "SELECT p.name, s.available FROM products AS p JOIN product_stock AS s ON s.product_id = p.id"
        " JOIN stores AS t ON t.id = p.store_id WHERE p.is_active AND t.is_active ORDER BY lower(p.name)"
    )
    rows = client.get(PRODUCTS).get_json()["data"]
    assert [(row["name"], row["available_stock"]) for row in rows] == sql.fetchall()


def test_stock_is_changed_by_a_delta_or_to_an_amount(staff: Caller, sql: Any) -> None:
    made = product(staff)
    place = f"{at(made)}/stock-adjustments"
    answer = staff.post(place, json={"delta": 7, "reason": "delivery"})
    assert (answer.status_code, answer.json) == (
        201,
        {"product_id": made["id"], "total_stock": 12, "available_stock": 12, "reserved_stock": 0},
    )
    held(staff, made["id"], 2)
    assert staff.post(place, json={"set_to": 9, "expected": 12, "reason": "count"}).json["available_stock"] == 7
    assert staff.post(place, json={"delta": -7, "reason": "broken"}).json["available_stock"] == 0
    assert stock(staff, made["id"]) == (2, 0, 2)
    sql.execute(
        "SELECT kind, available_delta, reason, actor_name FROM stock_movements WHERE kind <> 'held' ORDER BY id"
    )
    assert sql.fetchall() == [
        ("created", 5, "first stock", "operator"),
        ("adjusted", 7, "delivery", "operator"),
        ("adjusted", -3, "count", "operator"),
        ("adjusted", -7, "broken", "operator"),
    ]


def test_stock_that_is_held_cannot_be_taken_away(staff: Caller) -> None:
    made = product(staff)
    held(staff, made["id"], 2)
    place = f"{at(made)}/stock-adjustments"
    problem = assert_problem(staff.post(place, json={"delta": -4, "reason": "r"}), 409, "insufficient_stock")
    assert (problem["available"], problem["wanted"]) == (3, 4)
    assert_problem(staff.post(place, json={"set_to": 1, "expected": 5, "reason": "r"}), 409, "insufficient_stock")
    assert stock(staff, made["id"]) == (5, 3, 2)


def test_a_count_of_what_has_changed_meanwhile_is_refused_with_the_present_total(staff: Caller) -> None:
    made = product(staff)
    body = {"set_to": 9, "expected": 4, "reason": "count"}
    problem = assert_problem(staff.post(f"{at(made)}/stock-adjustments", json=body), 409, "stale_stock")
    assert (problem["total_stock"], problem["expected"]) == (5, 4)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"delta": 0},
        {"set_to": 1},
        {"expected": 1},
        {"delta": 1, "set_to": 1, "expected": 5},
        {"delta": 1, "expected": 5},
    ],
    ids=str,
)
def test_an_adjustment_is_asked_for_in_one_of_two_ways(staff: Caller, body: dict[str, Any]) -> None:
    place = f"{at(product(staff))}/stock-adjustments"
    assert_problem(staff.post(place, json=body | {"reason": "r"}), 422, "validation_failed")


def test_movements_tell_what_happened_the_newest_first(staff: Caller, client: FlaskClient) -> None:
    made = product(staff)
    hold = held(staff, made["id"], 2).json["id"]
    page = staff.get(f"{at(made)}/stock-movements?limit=1")
    assert [(row["kind"], row["cause"]) for row in page.json["data"]] == [("held", f"hold:{hold}")]
    rest = staff.get(f"{at(made)}/stock-movements?cursor={page.json['next_cursor']}").json
    assert [(row["kind"], row["reason"]) for row in rest["data"]] == [("created", "first stock")]
    assert_problem(staff.get(f"{PRODUCTS}/2000000000/stock-movements"), 404, "product_not_found")
