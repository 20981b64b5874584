"""Units are held for one customer for ten minutes, exactly once, and come back exactly once."""

from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.inventory.service import holds
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, RESERVATIONS, held, product, stock
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

LAPSE = "UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms'"


def test_a_reservation_holds_its_units_for_ten_minutes(anna: Caller, tea: int, sql: Any) -> None:
    answer = held(anna, tea, 2)
    assert answer.status_code == 201, answer.text
    assert answer.json.keys() == {
        "id", "product_id", "customer_id", "quantity", "status", "expires_at", "created_at", "server_time"
    }  # fmt: skip
    assert (answer.json["customer_id"], answer.json["quantity"], answer.json["status"]) == (anna.user_id, 2, "held")
    assert anna.get(answer.headers["Location"]).json["id"] == answer.json["id"]
    assert stock(anna, tea) == (5, 3, 2)
    sql.execute("SELECT expires_at - created_at BETWEEN '599 s' AND '601 s' FROM stock_holds")
    assert sql.fetchone() == (True,)


def test_more_than_there_is_is_refused_with_what_there_is(anna: Caller, tea: int) -> None:
    held(anna, tea, 2)
    problem = assert_problem(held(anna, tea, 4), 409, "insufficient_stock")
    assert (problem["available"], problem["wanted"], problem["product_id"]) == (3, 4, tea)
    assert stock(anna, tea) == (5, 3, 2)


@pytest.mark.parametrize(
    "hide", ["UPDATE products SET is_active = false", "UPDATE stores SET is_active = false", "SELECT 1"]
)
def test_what_is_not_sold_cannot_be_held(anna: Caller, tea: int, sql: Any, hide: str) -> None:
    sql.execute(hide)
    wanted = tea if hide != "SELECT 1" else tea + 1
    assert_problem(held(anna, wanted), 404, "product_not_found")


def test_a_release_frees_the_units_once_however_often_it_is_asked(anna: Caller, tea: int, sql: Any) -> None:
    place = held(anna, tea, 2).headers["Location"]
    assert [anna.delete(place).status_code for _ in range(3)] == [204] * 3
    assert stock(anna, tea) == (5, 5, 0)
    assert anna.get(place).json["status"] == "released"
    sql.execute("SELECT kind, available_delta, reserved_delta, actor_name FROM stock_movements ORDER BY id")
    assert sql.fetchall() == [
        ("created", 5, 0, "operator"),
        ("held", -2, 2, "anna"),
        ("released", 2, -2, "anna"),
    ]
    sql.execute("SELECT action, actor_name, source FROM audit_log WHERE object_type = 'reservation' ORDER BY id")
    assert sql.fetchall() == [("reservation.created", "anna", "api"), ("reservation.released", "anna", "api")]


def test_a_lapsed_hold_is_free_to_the_next_buyer_at_once(anna: Caller, bert: Caller, tea: int, sql: Any) -> None:
    place = held(anna, tea, 5).headers["Location"]
    assert_problem(held(bert, tea), 409, "insufficient_stock")
    sql.execute(LAPSE)
    assert anna.get(place).json["status"] == "expired"
    assert held(bert, tea, 3).status_code == 201
    assert stock(bert, tea) == (5, 2, 3)
    assert_problem(anna.delete(place), 409, "reservation_ended")
    sql.execute("SELECT state FROM stock_holds ORDER BY id")
    assert sql.fetchall() == [("expired",), ("held",)]


def test_a_lapsed_hold_that_nobody_swept_cannot_be_released_or_completed(anna: Caller, tea: int, sql: Any) -> None:
    place = held(anna, tea).headers["Location"]
    sql.execute(LAPSE)
    problem = assert_problem(anna.delete(place), 409, "reservation_ended")
    assert problem["reservation_status"] == "expired"
    sql.execute("SELECT inventory_complete(id, user_id) FROM stock_holds")
    assert sql.fetchone() == (False,)


def test_a_completed_hold_keeps_its_units_and_cannot_be_released(anna: Caller, tea: int, sql: Any) -> None:
    place = held(anna, tea).headers["Location"]
    sql.execute("SELECT inventory_complete(id, user_id + 1) FROM stock_holds")
    assert sql.fetchone() == (False,)
    sql.execute("SELECT inventory_complete(id, user_id) FROM stock_holds")
    assert sql.fetchone() == (True,)
    assert_problem(anna.delete(place), 409, "reservation_ended")
    assert stock(anna, tea) == (5, 4, 1)


def test_another_customers_reservation_does_not_exist(anna: Caller, bert: Caller, tea: int, staff: Caller) -> None:
    place = held(anna, tea).headers["Location"]
    assert_problem(bert.get(place), 404, "reservation_not_found")
    assert_problem(bert.delete(place), 404, "reservation_not_found")
    assert bert.get(RESERVATIONS).json["data"] == []
    assert bert.get(f"{RESERVATIONS}?customer_id={anna.user_id}").json["data"] == []
    assert len(staff.get(f"{RESERVATIONS}?customer_id={anna.user_id}").json["data"]) == 1
    assert staff.get(f"{RESERVATIONS}?customer_id={bert.user_id}").json["data"] == []
    assert staff.delete(place).status_code == 204


def test_an_operator_holds_for_a_customer_and_a_customer_only_for_themselves(
    anna: Caller, bert: Caller, staff: Caller, tea: int
) -> None:
    body = {"product_id": tea, "quantity": 1, "customer_id": anna.user_id}
    assert staff.post(RESERVATIONS, json=body).json["customer_id"] == anna.user_id
    assert bert.post(RESERVATIONS, json=body).json["customer_id"] == bert.user_id
    assert_problem(staff.post(RESERVATIONS, json=body | {"customer_id": 10**9}), 404, "customer_not_found")
    assert stock(staff, tea) == (5, 3, 2)


def test_nothing_is_held_for_a_customer_who_was_deleted(bert: Caller, staff: Caller, tea: int) -> None:
    assert staff.delete(f"/api/v1/customers/{bert.user_id}").status_code == 204
    body = {"product_id": tea, "quantity": 1, "customer_id": bert.user_id}
    assert_problem(staff.post(RESERVATIONS, json=body), 404, "customer_not_found")
    assert stock(staff, tea) == (5, 5, 0)


def test_a_customer_has_ten_open_reservations_at_most(anna: Caller, bert: Caller, staff: Caller, sql: Any) -> None:
    many = product(staff, total_stock=50)["id"]
    places = [held(anna, many).headers["Location"] for _ in range(10)]
    problem = assert_problem(held(anna, many), 409, "too_many_holds")
    assert (problem["open"], problem["most"]) == (10, 10)
    assert held(bert, many).status_code == 201
    anna.delete(places[0])
    assert held(anna, many).status_code == 201
    sql.execute(LAPSE)
    assert held(anna, many).status_code == 201


def test_ten_open_reservations_are_the_most_also_when_asked_at_once(
    app: HoldfastApp, anna: Caller, staff: Caller, sql: Any
) -> None:
    many = product(staff, total_stock=50)["id"]
    answers = at_once(app, 8, lambda _: [_held(app, anna, many) for _ in range(3)])
    statuses = [status for batch in answers for status in batch]
    assert (statuses.count(201), statuses.count(409)) == (10, 14)


def test_the_same_key_holds_once(anna: Caller, tea: int) -> None:
    answers = [held(anna, tea, headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert stock(anna, tea) == (5, 4, 1)


def test_a_refused_hold_leaves_nothing_behind_with_a_key_or_without(anna: Caller, tea: int, sql: Any) -> None:
    for headers in ({}, {"Idempotency-Key": "k"}):
        assert held(anna, tea, 6, headers=headers).status_code == 409
    sql.execute("SELECT (SELECT count(*) FROM stock_holds), (SELECT count(*) FROM idempotency_keys)")
    assert sql.fetchone() == (0, 0)


def test_five_units_and_fifty_buyers_make_five_winners(app: HoldfastApp, as_role: AsRole, tea: int, sql: Any) -> None:
    buyers = [as_role("customer", f"buyer{number}") for number in range(50)]
    answers = at_once(app, 8, lambda lane: [_held(app, buyer, tea) for buyer in buyers[lane::8]])
    statuses = sorted(status for batch in answers for status in batch)
    assert statuses == [201] * 5 + [409] * 45
    assert stock(buyers[0], tea) == (5, 0, 5)


def test_ten_sweeps_at_once_free_each_hold_once(app: HoldfastApp, as_role: AsRole, staff: Caller, sql: Any) -> None:
    ids = [product(staff, sku=f"S{number}", total_stock=20)["id"] for number in range(3)]
    for number in range(15):
        assert held(as_role("customer", f"c{number}"), ids[number % 3], 2).status_code == 201
    sql.execute(LAPSE)
    swept = at_once(app, 8, lambda _: _swept())
    assert sum(swept) == 15
    assert {stock(staff, each) for each in ids} == {(20, 20, 0)}
    sql.execute("SELECT count(*) FROM audit_log WHERE action = 'reservation.expired'")
    assert sql.fetchone() == (15,)


def test_lists_narrow_by_product_and_status(anna: Caller, staff: Caller, tea: int, sql: Any) -> None:
    other = product(staff, sku="other")["id"]
    first, second = (held(anna, each).json["id"] for each in (tea, other))
    third = held(anna, tea).headers["Location"]
    anna.delete(third)
    sql.execute(f"{LAPSE} WHERE id = %s", (first,))

    def ids(query: str) -> list[str]:
        return [row["id"] for row in anna.get(f"{RESERVATIONS}?{query}").json["data"]]

    assert ids("status=held") == [second]
    assert ids("status=expired") == [first]
    assert ids("status=released") == [third.rsplit("/", 1)[1]]
    assert ids("status=completed") == []
    assert ids(f"product_id={other}") == [second]
    assert ids("limit=100")[0] == third.rsplit("/", 1)[1]


def test_a_product_that_was_ever_held_stays(staff: Caller, anna: Caller, tea: int) -> None:
    anna.delete(held(anna, tea).headers["Location"])
    problem = assert_problem(staff.delete(f"{PRODUCTS}/{tea}"), 409, "in_use")
    assert problem["references"] == {"stock_holds": 1}


def _held(app: HoldfastApp, buyer: Caller, product_id: int) -> int:
    client = app.test_client()
    status: int = held(Caller(client, buyer.user_id, buyer.username, buyer.token), product_id).status_code
    return status


def _swept() -> int:
    with db.transaction():
        return holds.expire_due()
