"""Whom a promo is for, or would be, counted at this moment with the channels by which they can be told."""

from typing import Any

import pytest

from tests.api.conftest import AsRole
from tests.api.made import product
from tests.api.made_customers import segment
from tests.api.made_promos import PROMOS, drafted
from tests.api.problem import assert_problem
from tests.api.told import people
from tests.callers import Caller

PREVIEW = f"{PROMOS}/audience"


@pytest.fixture
def crowd(sql: Any, operator: Caller) -> list[int]:
    """Twelve with the shop alone, three with mail, two of them at a verified address, one who is not told."""
    found = people(sql, 12, name="shop")
    found += people(sql, 2, name="mail", email=True)
    found += people(sql, 1, name="odd", email=True, verified=False)
    return found + people(sql, 1, name="deaf", in_app=False)


def test_the_audience_of_a_promo_is_counted_by_channel(operator: Caller, as_role: AsRole, crowd: list[int]) -> None:
    made = drafted(operator).json
    shown = as_role("viewer").get(f"{PROMOS}/{made['id']}/audience").json
    assert {name: shown[name] for name in ("customers", "in_app", "email")} == {
        "customers": 16,
        "in_app": 15,
        "email": 2,
    }
    assert len(shown["sample"]) == 10
    assert shown["sample"][0].keys() == {"id", "username", "first_name", "last_name"}
    assert shown["server_time"]


def test_a_preview_asks_for_a_promo_that_is_not_there_yet(operator: Caller, sql: Any, crowd: list[int]) -> None:
    tea, chosen = product(operator)["id"], segment(operator)
    sql.execute("INSERT INTO memberships VALUES (%s, %s)", [chosen["id"], crowd[0]])
    sql.execute("UPDATE customers SET latitude = 52.52, longitude = 13.405 WHERE id = ANY (%s)", [crowd[:2]])
    for wish, customers in (
        ({"audience": "all", "max_distance_km": None}, 16),
        ({"audience": "all"}, 2),
        ({"audience": "segments", "segment_ids": [chosen["id"]]}, 1),
    ):
        answer = operator.post(PREVIEW, json={"product_id": tea} | wish)
        assert (answer.status_code, answer.json["customers"]) == (200, customers), answer.text


def test_what_does_not_fit_is_refused(operator: Caller, anna: Caller) -> None:
    tea = product(operator)["id"]
    assert_problem(operator.post(PREVIEW, json={"product_id": 999_999, "audience": "all"}), 404, "product_not_found")
    unknown = {"product_id": tea, "audience": "segments", "segment_ids": [999_999]}
    assert_problem(operator.post(PREVIEW, json=unknown), 404, "segment_not_found", segment_id=999_999)
    for wish in ({"audience": "segments"}, {"audience": "all", "segment_ids": [1]}, {"audience": "x"}, {"quantity": 1}):
        assert_problem(operator.post(PREVIEW, json={"product_id": tea, "audience": "all"} | wish), 422)
    for place in ("audience", "notifications"):
        assert_problem(operator.get(f"{PROMOS}/999999/{place}"), 404, "promo_not_found")
        assert_problem(anna.get(f"{PROMOS}/1/{place}"), 403, "not_permitted")
    assert_problem(anna.post(PREVIEW, json={"product_id": tea, "audience": "all"}), 403, "not_permitted")
