"""A promo is planned, opened, changed while it runs, and ended: by the table of rules, and no unit is ever lost."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.promos import rules
from tests.api.made import PRODUCTS, STORES, product, stock, store
from tests.api.made_customers import segment
from tests.api.made_promos import PROMOS, after, breaches, complete, drafted, hold, promo, state
from tests.api.problem import assert_problem
from tests.api.worked import tick
from tests.callers import Caller

IN_STATUS = {
    "draft": "SELECT 1",
    "scheduled": "UPDATE promos SET starts_at = starts_at + interval '1 h', ends_at = ends_at + interval '2 h'",
    "running": "SELECT 1",
    "paused": "UPDATE promos SET paused_at = clock_timestamp(); UPDATE promo_stock SET state = 'paused'",
    "sold_out": "UPDATE promo_stock SET sold = allotted",
    "ended": "UPDATE promos SET starts_at = starts_at - interval '2 h', ends_at = clock_timestamp() - interval '1 s'",
}


def in_status(operator: Caller, sql: Any, status: str) -> dict[str, Any]:
    """A promo that has this status."""
    made = promo(operator, is_active=status != "draft")
    sql.execute(IN_STATUS[status])
    assert state(operator, made["id"])[0] == status
    return made


def test_a_draft_shows_what_was_planned_and_takes_nothing_from_the_shelf(operator: Caller) -> None:
    answer = drafted(operator, quantity=4, max_distance_km=1.5, per_customer_limit=2, priority=3)
    assert answer.status_code == 201, answer.text
    shown = operator.get(answer.headers["Location"]).json
    assert (shown["status"], shown["quantity"], shown["max_distance_km"], shown["priority"]) == ("draft", 4, 1.5, 3)
    assert (shown["promo_price"], shown["price"], shown["is_active"]) == ("9.90", "19.90", False)
    assert stock(operator, shown["product_id"]) == (10, 10, 0)


def test_the_defaults_are_one_unit_each_within_two_kilometres(operator: Caller) -> None:
    wish = {"product_id": product(operator)["id"], "promo_price": "5", "audience": "all"}
    shown = operator.post(PROMOS, json=wish | {"starts_at": after(60), "ends_at": after(120.5)}).json
    assert (shown["quantity"], shown["per_customer_limit"], shown["max_distance_km"]) == (1, 1, 2.0)


def test_an_activation_takes_the_quantity_from_the_shelf_and_the_end_gives_the_rest_back(
    anna: Caller, operator: Caller, app: HoldfastApp
) -> None:
    made = promo(operator, quantity=4)
    assert stock(operator, made["product_id"]) == (10, 6, 4)
    complete(anna, hold(anna, made["id"]))
    answer = operator.post(f"{PROMOS}/{made['id']}/end")
    assert (answer.json["status"], answer.json["sold"]) == ("ended", 1)
    assert stock(operator, made["product_id"]) == (10, 9, 1)
    assert breaches(app) == []


def test_what_is_held_at_the_end_comes_back_when_its_hold_resolves(
    anna: Caller, operator: Caller, sql: Any, app: HoldfastApp
) -> None:
    made = promo(operator, quantity=4)
    hold(anna, made["id"])
    operator.post(f"{PROMOS}/{made['id']}/end")
    assert stock(operator, made["product_id"]) == (10, 9, 1)
    sql.execute("UPDATE promo_holds SET expires_at = clock_timestamp()")
    assert tick(app, "promos.expire_holds") == 1
    assert stock(operator, made["product_id"]) == (10, 10, 0)
    assert breaches(app) == []


def test_a_promo_that_is_over_by_the_clock_is_closed_once(operator: Caller, sql: Any, app: HoldfastApp) -> None:
    made = promo(operator, quantity=4)
    sql.execute("UPDATE promos SET starts_at = starts_at - interval '2 h', ends_at = clock_timestamp()")
    assert [tick(app, "promos.close_over") for _ in range(2)] == [1, 0]
    assert stock(operator, made["product_id"]) == (10, 10, 0)
    sql.execute("SELECT actor_name, source FROM audit_log WHERE action = 'promo.ended'")
    assert sql.fetchall() == [("system", "job")]


def test_an_activation_wants_as_many_units_as_it_promises(operator: Caller) -> None:
    draft = drafted(operator, quantity=11).json
    answer = operator.post(f"{PROMOS}/{draft['id']}/activate")
    assert_problem(answer, 409, "insufficient_stock", available=10, wanted=11)
    assert state(operator, draft["id"])[0] == "draft"
    assert_problem(drafted(operator, quantity=11, is_active=True), 409, "insufficient_stock")
    assert len(operator.get(PROMOS).json["data"]) == 1


@pytest.mark.parametrize("status", rules.STATUSES)
@pytest.mark.parametrize("verb", ["activate", "pause", "resume", "end"])
def test_each_verb_goes_only_where_the_table_of_rules_lets_it(
    operator: Caller, sql: Any, verb: str, status: str
) -> None:
    made = in_status(operator, sql, status)
    answer = operator.post(f"{PROMOS}/{made['id']}/{verb}")
    if verb in rules.VERBS[status]:
        assert answer.status_code == 200, answer.text
        assert state(operator, made["id"])[0] != status or status == "sold_out"
        sql.execute("SELECT count(*) FROM audit_log WHERE object_type = 'promo' AND action <> 'promo.created'")
        assert sql.fetchone()[0] == (1 if status == "draft" else 2)
        return
    allowed = list(rules.VERBS[status])
    assert_problem(answer, 409, "promo_illegal_transition", promo_status=status, allowed=allowed)


@pytest.mark.parametrize("status", rules.STATUSES)
@pytest.mark.parametrize("name", rules.FACTS)
def test_each_field_changes_only_where_the_table_of_rules_lets_it(
    operator: Caller, sql: Any, name: str, status: str
) -> None:
    made = in_status(operator, sql, status)
    others: Any = {
        "product_id": lambda: product(operator)["id"],
        "promo_price": lambda: "8.00",
        "starts_at": lambda: after(30),
        "ends_at": lambda: after(9000),
        "audience": lambda: "segments",
        "segment_ids": lambda: [segment(operator)["id"]],
        "max_distance_km": lambda: 7.5,
        "quantity": lambda: 3,
        "per_customer_limit": lambda: 2,
        "priority": lambda: 5,
    }
    change = {name: others[name]()}
    if name in {"audience", "segment_ids"}:
        change = {"audience": "segments", "segment_ids": [segment(operator, "Others")["id"]]}
    answer = operator.patch(f"{PROMOS}/{made['id']}", json=change)
    begun = status != "scheduled"
    if name in rules.editable(status=status, begun=begun):
        assert answer.status_code == 200, answer.text
        return
    assert_problem(answer, 409, "promo_not_editable", promo_status=status)


def test_is_active_activates_pauses_and_resumes(operator: Caller) -> None:
    made = drafted(operator).json
    for is_active, status in [
        (False, "draft"),
        (True, "running"),
        (True, "running"),
        (False, "paused"),
        (True, "running"),
    ]:
        answer = operator.patch(f"{PROMOS}/{made['id']}", json={"is_active": is_active})
        assert (answer.status_code, answer.json["status"]) == (200, status)


def test_the_quantity_follows_the_shelf_and_never_falls_below_what_is_held_and_sold(
    anna: Caller, bert: Caller, operator: Caller, app: HoldfastApp
) -> None:
    made = promo(operator, quantity=4)
    place = f"{PROMOS}/{made['id']}"
    complete(anna, hold(anna, made["id"]))
    hold(bert, made["id"])
    assert operator.patch(place, json={"quantity": 9}).json["available_now"] == 7
    assert stock(operator, made["product_id"]) == (10, 1, 9)
    assert operator.patch(place, json={"quantity": 2}).json["available_now"] == 0
    assert stock(operator, made["product_id"]) == (10, 8, 2)
    assert_problem(operator.patch(place, json={"quantity": 1}), 409, "quantity_in_use", held=1, sold=1)
    assert_problem(operator.patch(place, json={"quantity": 11}), 409, "insufficient_stock", available=8)
    assert breaches(app) == []


def test_more_units_bring_a_sold_out_promo_back(anna: Caller, operator: Caller) -> None:
    made = promo(operator)
    complete(anna, hold(anna, made["id"]))
    assert state(operator, made["id"])[0] == "sold_out"
    operator.patch(f"{PROMOS}/{made['id']}", json={"quantity": 2})
    assert state(operator, made["id"]) == ("running", 0, 1, 1)


def test_two_activated_promos_of_a_product_never_overlap(operator: Caller, app: HoldfastApp) -> None:
    here = product(operator, total_stock=50)["id"]
    first = promo(operator, product_id=here, starts_at=after(100), ends_at=after(200))
    wish = {"product_id": here, "starts_at": after(150), "ends_at": after(250)}
    second = drafted(operator, **wish).json
    assert_problem(operator.post(f"{PROMOS}/{second['id']}/activate"), 409, "promo_overlaps")
    operator.post(f"{PROMOS}/{first['id']}/pause")
    assert_problem(operator.post(f"{PROMOS}/{second['id']}/activate"), 409, "promo_overlaps")
    operator.post(f"{PROMOS}/{first['id']}/end")
    assert operator.post(f"{PROMOS}/{second['id']}/activate").status_code == 200
    third = promo(operator, product_id=here, starts_at=second["ends_at"], ends_at=after(400))
    answer = operator.patch(f"{PROMOS}/{second['id']}", json={"ends_at": after(300)})
    assert_problem(answer, 409, "promo_overlaps")
    assert state(operator, third["id"])[0] == "scheduled"
    assert breaches(app) == []


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"ends_at": 30}, "/ends_at"),
        ({"audience": "segments"}, "/segment_ids"),
        ({"segment_ids": [1]}, "/segment_ids"),
        ({"quantity": 0}, "/quantity"),
        ({"max_distance_km": -0.1}, "/max_distance_km"),
        ({"max_distance_km": "2"}, "/max_distance_km"),
        ({"promo_price": "0"}, "/promo_price"),
        ({"promo_price": "1.005"}, "/promo_price"),
        ({"starts_at": "2030-01-01T10:00:00"}, "/starts_at"),
        ({"per_customer_limit": 0}, "/per_customer_limit"),
        ({"audience": "everybody"}, "/audience"),
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_told_at_its_field(operator: Caller, facts: dict[str, Any], pointer: str) -> None:
    if facts.get("ends_at") == 30:
        facts = {"ends_at": after(30)}
    problem = assert_problem(drafted(operator, **{"starts_at": after(0)} | facts), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert operator.get(PROMOS).json["data"] == []


def test_a_promo_is_cheaper_than_its_product_and_ends_in_the_future(operator: Caller) -> None:
    assert_problem(drafted(operator, promo_price="19.90"), 422, "promo_price_not_below", price="19.90")
    assert_problem(drafted(operator, starts_at=after(-200), ends_at=after(-1)), 422, "promo_window_over")
    assert_problem(drafted(operator, product_id=999_999), 404, "product_not_found")
    assert_problem(drafted(operator, audience="segments", segment_ids=[999_999]), 404, "segment_not_found")


def test_price_and_time_are_asked_again_at_each_change_and_at_the_activation(operator: Caller, sql: Any) -> None:
    draft, running = drafted(operator).json, promo(operator)
    place, on_sale = (f"{PROMOS}/{made['id']}" for made in (draft, running))
    shelf = f"{PRODUCTS}/{draft['product_id']}"
    sql.execute("UPDATE promos SET starts_at = starts_at - interval '1 h'")
    assert_problem(operator.patch(place, json={"promo_price": "19.90"}), 422, "promo_price_not_below", price="19.90")
    assert_problem(operator.patch(on_sale, json={"ends_at": after(-1)}), 422, "promo_window_over")
    assert operator.patch(shelf, json={"price": "9.90"}).status_code == 200
    assert_problem(operator.post(f"{place}/activate"), 422, "promo_price_not_below", price="9.90")
    assert operator.patch(shelf, json={"price": "19.90"}).status_code == 200
    sql.execute("UPDATE promos SET ends_at = clock_timestamp() - interval '1 s' WHERE id = %s", [draft["id"]])
    assert_problem(operator.post(f"{place}/activate"), 422, "promo_window_over")
    assert (state(operator, draft["id"])[0], state(operator, running["id"])[0]) == ("draft", "running")


@pytest.mark.parametrize(
    "hide", ["UPDATE products SET is_active = false", "UPDATE stores SET is_active = false"], ids=["product", "store"]
)
def test_what_is_not_on_sale_cannot_be_activated(operator: Caller, sql: Any, hide: str) -> None:
    draft = drafted(operator).json
    sql.execute(hide)
    assert_problem(operator.post(f"{PROMOS}/{draft['id']}/activate"), 409, "promo_not_activatable")


@pytest.mark.parametrize(
    "change",
    [{"price": "9.90"}, {"is_active": False}, {"store_id": "another"}],
    ids=["price", "taken off sale", "moved to another store"],
)
def test_nothing_changes_under_an_activated_promo(operator: Caller, sql: Any, change: dict[str, Any]) -> None:
    made = promo(operator)
    if "store_id" in change:
        change = {"store_id": store(operator, name="Elsewhere")["id"]}
    place = f"{PRODUCTS}/{made['product_id']}"
    assert_problem(operator.patch(place, json=change), 409, "promos_depend", promo_ids=[made["id"]])
    assert operator.patch(place, json={"price": "9.91", "name": "Greener tea"}).status_code == 200
    operator.post(f"{PROMOS}/{made['id']}/end")
    assert operator.patch(place, json=change).status_code == 200


def test_the_store_of_an_activated_promo_stays_where_it_is_and_open(operator: Caller) -> None:
    made = promo(operator)
    place = f"{STORES}/{made['store_id']}"
    for change in ({"latitude": 1.0}, {"is_active": False}):
        assert_problem(operator.patch(place, json=change), 409, "promos_depend", promo_ids=[made["id"]])
    assert operator.patch(place, json={"name": "New name"}).status_code == 200
