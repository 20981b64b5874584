"""Customers say where they are and what may reach them."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import DEMO_PASSWORD, AsRole
from tests.api.letters import told
from tests.api.made_customers import CUSTOMERS
from tests.api.problem import assert_problem

PROFILE = "/api/v1/auth/profile"
HERE = {"latitude": 52.52, "longitude": 13.405}
NOWHERE = {"latitude": None, "longitude": None}


def test_a_customer_says_where_they_are_and_forgets_it(as_role: AsRole, app: HoldfastApp) -> None:
    buyer = as_role("customer")
    answer = buyer.patch(PROFILE, json=HERE | {"in_app_opt_in": False, "email_opt_in": True, "first_name": "Ada"})
    assert answer.status_code == 200, answer.text
    told_of = HERE | {"in_app_opt_in": False, "email_opt_in": True, "first_name": "Ada"}
    assert answer.json.items() >= told_of.items()
    assert buyer.get(PROFILE).json == answer.json
    assert as_role("viewer").get(f"{CUSTOMERS}/{buyer.user_id}").json.items() >= told_of.items()
    assert buyer.patch(PROFILE, json=NOWHERE).json.items() >= NOWHERE.items()
    actors = told(app, "SELECT DISTINCT actor_id FROM audit_log WHERE action = 'customer.updated'")
    assert actors == [(buyer.user_id,)]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(0, 0.0), (-180, -180.0), (13.40500006, 13.4050001), (-1e-200, 0.0), (5e-324, 0.0), (90, 90.0)],
)
def test_a_coordinate_is_kept_to_a_centimetre(as_role: AsRole, sent: float, kept: float) -> None:
    answer = as_role("customer").patch(PROFILE, json={"latitude": 0, "longitude": sent})
    assert answer.status_code == 200, answer.text
    assert (answer.json["longitude"], str(answer.json["longitude"])) == (kept, str(kept))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"latitude": 1}, "/latitude"),
        ({"longitude": 1}, "/longitude"),
        ({"latitude": 1, "longitude": None}, "/longitude"),
        ({"latitude": None, "longitude": 1}, "/latitude"),
        ({"latitude": None}, "/latitude"),
        ({"latitude": -90.0001, "longitude": 1}, "/latitude"),
        ({"latitude": 1, "longitude": 180.1}, "/longitude"),
        ({"in_app_opt_in": None}, "/in_app_opt_in"),
        ({"segment_ids": []}, "/segment_ids"),
    ],
)
def test_half_a_place_is_none(as_role: AsRole, body: dict[str, Any], pointer: str) -> None:
    buyer = as_role("customer")
    problem = assert_problem(buyer.patch(PROFILE, json=body), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert buyer.get(PROFILE).json.items() >= NOWHERE.items()


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
@pytest.mark.parametrize("body", [HERE, NOWHERE, {"email_opt_in": True}])
def test_staff_have_neither_place_nor_opt_ins(as_role: AsRole, role: str, body: dict[str, Any]) -> None:
    caller = as_role(role)
    problem = assert_problem(caller.patch(PROFILE, json=body | {"first_name": "x"}), 409, "not_a_customer")
    assert problem["role"] == role
    assert caller.get(PROFILE).json["first_name"] == ""


@pytest.mark.parametrize("first", [{"first_name": "Ada"}, HERE])
@pytest.mark.parametrize("second", [{"first_name": "Eve"}, {"email_opt_in": True}])
def test_a_change_of_either_row_makes_the_profile_stale(
    as_role: AsRole, first: dict[str, Any], second: dict[str, Any]
) -> None:
    buyer = as_role("customer")
    tag = buyer.get(PROFILE).headers["ETag"]
    assert buyer.patch(PROFILE, json=first, headers={"If-Match": tag}).status_code == 200
    assert buyer.get(PROFILE, headers={"If-None-Match": tag}).status_code == 200
    assert_problem(buyer.patch(PROFILE, json=second, headers={"If-Match": tag}), 412, "stale")


def test_what_a_refused_move_brought_along_is_not_kept(as_role: AsRole) -> None:
    as_role("viewer")
    buyer = as_role("customer")
    move = HERE | {"email": "viewer@example.test", "current_password": DEMO_PASSWORD}
    assert_problem(buyer.patch(PROFILE, json=move), 409, "email_taken")
    assert buyer.get(PROFILE).json.items() >= NOWHERE.items()


def test_the_tag_of_a_registration_is_that_of_the_profile(as_role: AsRole) -> None:
    client = as_role("viewer").client
    body = {"username": "ada", "email": "ada@shop.example", "password": "a long enough one"}
    made = client.post("/api/v1/auth/register", json=body)
    login = client.post("/api/v1/auth/login", json={"username": "ada", "password": body["password"]})
    token = login.json["access_token"] if login.json else ""
    seen = client.get(PROFILE, headers={"Authorization": f"Bearer {token}"})
    assert made.headers["ETag"] == seen.headers["ETag"]
