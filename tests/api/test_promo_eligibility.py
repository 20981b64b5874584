"""Who may buy: by window, audience, distance and limit; told rule by rule, and listed."""

from typing import Any

import pytest

from app.promos.service import sold_out
from tests.api.made_customers import segment
from tests.api.made_promos import HOLDS, PROMOS, after, at_place, complete, drafted, hold, promo
from tests.api.problem import assert_problem
from tests.callers import Caller

REFUSALS = [
    "promo_not_running", "held_by_you", "limit_reached", "sold_out", "location_unknown", "not_in_segment",
    "outside_radius", "held_by_others", "hold_cooldown",
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_in_mind() -> None:
    sold_out.HINTS.clear()


def stand(caller: Caller, latitude: float, longitude: float) -> None:
    """Say where somebody is."""
    answer = caller.patch("/api/v1/auth/profile", json={"latitude": latitude, "longitude": longitude})
    assert answer.status_code == 200, answer.text


def failing(caller: Caller, promo_id: int) -> list[str]:
    """The rules that do not let somebody pass."""
    answer = caller.get(f"{PROMOS}/{promo_id}/eligibility")
    assert answer.status_code == 200, answer.text
    assert [rule["rule"] for rule in answer.json["rules"]] == REFUSALS
    failed = [rule["rule"] for rule in answer.json["rules"] if not rule["passed"]]
    assert answer.json["can_hold_now"] == (not failed)
    return failed


def eligible(caller: Caller) -> list[int]:
    """The promos that somebody may buy from."""
    answer = caller.get(f"{PROMOS}/eligible")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json["data"]]


PLACES = [
    ("at the store", (52.52, 13.405), (52.52, 13.405), 0.0, True),
    ("just inside", (0.0, 0.0), (0.0, 0.01798), 2.0, True),
    ("just outside", (0.0, 0.0), (0.0, 0.01800), 2.0, False),
    ("zero is a place", (0.0, 0.0), (0.0, 0.0), 0.0, True),
    ("over the antimeridian to the east", (0.0, 179.999), (0.0, -179.999), 1.0, True),
    ("over the antimeridian to the west", (10.0, -179.999), (10.0, 179.999), 1.0, True),
    ("too far over the antimeridian", (0.0, 179.9), (0.0, -179.9), 1.0, False),
    ("over the north pole", (89.999, 10.0), (89.999, -170.0), 1.0, True),
    ("over the south pole", (-90.0, 0.0), (-89.999, 123.0), 1.0, True),
    ("on the edge of the map", (0.0, 180.0), (0.0, -180.0), 0.001, True),
    ("to the other side of the Earth", (0.0, 0.0), (0.0, 180.0), 20_038, True),
    ("not quite to the other side", (0.0, 0.0), (0.0, 180.0), 20_000, False),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0])
def test_the_distance_decides_alike_in_list_rule_and_hold(anna: Caller, operator: Caller, place: Any) -> None:
    _, here, there, km, near = place
    sale = at_place(operator, *here, max_distance_km=km)
    stand(anna, *there)
    assert (eligible(anna) == [sale["id"]]) is near
    assert failing(anna, sale["id"]) == ([] if near else ["outside_radius"])
    answer = hold(anna, sale["id"])
    if near:
        assert answer.status_code == 201, answer.text
    else:
        problem = assert_problem(answer, 403, "outside_radius", max_distance_km=km)
        assert problem["distance_km"] > km


def test_a_distance_that_was_changed_before_the_start_counts_in_list_rule_and_hold(
    anna: Caller, operator: Caller
) -> None:
    sale = at_place(operator, 0.0, 0.0, max_distance_km=1.0, starts_at=after(60), ends_at=after(3600))
    stand(anna, 0.0, 1.0)
    changes = {"max_distance_km": 112.0, "starts_at": after(-1)}
    assert operator.patch(f"{PROMOS}/{sale['id']}", json=changes).status_code == 200
    assert eligible(anna) == [sale["id"]]
    assert failing(anna, sale["id"]) == []
    assert hold(anna, sale["id"]).status_code == 201


def test_whoever_has_not_said_where_they_are_buys_only_what_is_sold_anywhere(anna: Caller, operator: Caller) -> None:
    near, anywhere = promo(operator, max_distance_km=2.0), promo(operator, max_distance_km=None)
    assert eligible(anna) == [anywhere["id"]]
    assert_problem(hold(anna, near["id"]), 403, "location_unknown", max_distance_km=2.0)
    assert failing(anna, near["id"]) == ["location_unknown", "outside_radius"]
    assert hold(anna, anywhere["id"]).status_code == 201


def test_a_promo_for_segments_is_for_whoever_is_in_one_of_them_now(
    anna: Caller, bert: Caller, operator: Caller
) -> None:
    by_hand, by_rule = segment(operator, "By hand"), segment(operator, "New", {"type": "joined_within", "days": 1})
    operator.post(f"/api/v1/segments/{by_hand['id']}/members", json={"customer_ids": [anna.user_id]})
    chosen = promo(operator, audience="segments", segment_ids=[by_hand["id"]])
    new = promo(operator, audience="segments", segment_ids=[by_rule["id"]], ends_at=after(7200))
    assert (eligible(anna), eligible(bert)) == ([chosen["id"], new["id"]], [new["id"]])
    assert_problem(hold(bert, chosen["id"]), 403, "not_in_segment")
    assert failing(bert, chosen["id"]) == ["not_in_segment"]
    assert hold(anna, chosen["id"]).status_code == 201
    assert hold(bert, new["id"]).status_code == 201
    operator.delete(f"/api/v1/segments/{by_hand['id']}/members/{anna.user_id}")
    assert failing(anna, chosen["id"]) == ["held_by_you", "limit_reached", "not_in_segment", "held_by_others"]


def test_the_audience_of_a_running_promo_can_be_changed(anna: Caller, operator: Caller) -> None:
    named = segment(operator)
    sale = promo(operator)
    place = f"{PROMOS}/{sale['id']}"
    answer = operator.patch(place, json={"audience": "segments", "segment_ids": [named["id"]]})
    assert answer.json["segment_ids"] == [named["id"]]
    assert_problem(hold(anna, sale["id"]), 403, "not_in_segment")
    assert operator.patch(place, json={"audience": "all"}).json["segment_ids"] == []
    assert hold(anna, sale["id"]).status_code == 201


def test_the_list_shows_promos_whose_units_are_all_held_and_leaves_out_those_that_are_sold(
    anna: Caller, bert: Caller, operator: Caller
) -> None:
    held, sold = promo(operator), promo(operator)
    mine = hold(bert, held["id"])
    complete(bert, hold(bert, sold["id"]))
    [row] = anna.get(f"{PROMOS}/eligible").json["data"]
    assert (row["id"], row["available_now"], row["next_free_at"]) == (held["id"], 0, mine.json["expires_at"])
    assert failing(anna, held["id"]) == ["held_by_others"]
    assert anna.get(f"{PROMOS}/{held['id']}/eligibility").json["eligible"] is True
    assert eligible(bert) == []


def test_the_refusals_come_in_the_order_of_the_rules(anna: Caller, bert: Caller, operator: Caller, sql: Any) -> None:
    """Everything is wrong at first; what is mended brings up the next reason."""
    named = segment(operator)
    where = {"max_distance_km": 1.0, "audience": "segments", "segment_ids": [named["id"]]}
    sale = at_place(operator, 0.0, 0.0, **where, quantity=2, per_customer_limit=1)
    for caller in (anna, bert):
        operator.post(f"/api/v1/segments/{named['id']}/members", json={"customer_ids": [caller.user_id]})
        stand(caller, 0.0, 0.0)
    complete(anna, hold(anna, sale["id"]))
    assert_problem(hold(anna, sale["id"]), 409, "limit_reached")
    complete(bert, hold(bert, sale["id"]))
    sql.execute("UPDATE promo_holds SET user_id = %s, promo_id = promo_id", [bert.user_id])
    stand(anna, 50.0, 50.0)
    operator.delete(f"/api/v1/segments/{named['id']}/members/{anna.user_id}")
    sql.execute("UPDATE customers SET latitude = NULL, longitude = NULL WHERE id = %s", [anna.user_id])
    sql.execute("UPDATE promo_stock SET state = 'paused'")
    operator.post(f"{PROMOS}/{sale['id']}/pause")
    assert_problem(hold(anna, sale["id"]), 409, "promo_not_running")
    operator.post(f"{PROMOS}/{sale['id']}/resume")
    assert_problem(hold(anna, sale["id"]), 409, "sold_out")
    sold_out.HINTS.clear()
    operator.patch(f"{PROMOS}/{sale['id']}", json={"quantity": 3})
    sql.execute("UPDATE promo_stock SET held = 1")
    for code, mend in (
        ("location_unknown", lambda: stand(anna, 50.0, 50.0)),
        ("not_in_segment", lambda: operator.post(
            f"/api/v1/segments/{named['id']}/members", json={"customer_ids": [anna.user_id]})),
        ("outside_radius", lambda: stand(anna, 0.0, 0.0)),
        ("held_by_others", lambda: sql.execute("UPDATE promo_stock SET held = 0")),
    ):  # fmt: skip
        assert hold(anna, sale["id"]).json["code"] == code
        mend()
    assert hold(anna, sale["id"]).status_code == 201


def test_staff_ask_for_a_customer_and_nobody_asks_for_another(anna: Caller, bert: Caller, operator: Caller) -> None:
    sale = promo(operator)
    answer = operator.get(f"{PROMOS}/{sale['id']}/eligibility?customer_id={anna.user_id}")
    assert (answer.json["customer_id"], answer.json["can_hold_now"]) == (anna.user_id, True)
    assert anna.get(f"{PROMOS}/{sale['id']}/eligibility?customer_id={bert.user_id}").json["customer_id"] == anna.user_id
    assert_problem(operator.get(f"{PROMOS}/{sale['id']}/eligibility"), 404, "customer_not_found")
    assert_problem(anna.get(f"{PROMOS}/999999/eligibility"), 404, "promo_not_found")
    assert operator.get(f"{PROMOS}/eligible?customer_id={anna.user_id}").json["data"][0]["id"] == sale["id"]


def test_a_draft_is_eligible_for_nobody(anna: Caller, operator: Caller) -> None:
    draft = drafted(operator).json
    assert failing(anna, draft["id"]) == ["promo_not_running"]
    assert eligible(anna) == []
    assert anna.get(HOLDS).json["data"] == []
