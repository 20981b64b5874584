"""Everybody sees and changes what they told about themselves; another address takes the password."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.conftest import DEMO_PASSWORD, AsRole
from tests.api.letters import token, told, work, written
from tests.api.problem import assert_problem
from tests.callers import Caller

PROFILE, RESET = "/api/v1/auth/profile", "/api/v1/auth/password-reset"
OLD, NEW = "operator@example.test", "new@example.test"
MOVE = {"email": NEW, "current_password": DEMO_PASSWORD}


@pytest.mark.parametrize("role", ["customer", "viewer", "operator", "admin"])
def test_everybody_sees_their_own_profile(as_role: AsRole, role: str) -> None:
    as_role("customer", "somebody else")
    caller = as_role(role)
    seen = caller.get(PROFILE).json
    assert seen.pop("date_joined").endswith("Z")
    names = {"first_name": "", "last_name": ""}
    facts = {"id": caller.user_id, "username": role, "email": f"{role}@example.test", "role": role}
    own: dict[str, Any] = {
        "latitude": None,
        "longitude": None,
        "in_app_opt_in": role == "customer",
        "email_opt_in": False,
    }
    own["balance"] = "0.00" if role == "customer" else None
    assert seen == facts | names | own | {"email_verified": False}
    assert caller.get(f"{PROFILE}?fields=role,id").json == {"id": caller.user_id, "role": role}


def test_nobody_else_has_a_profile(client: FlaskClient) -> None:
    assert_problem(client.get(PROFILE), 401, "not_authenticated")
    assert_problem(client.patch(PROFILE, json={"first_name": "Eve"}), 401, "not_authenticated")


def test_names_are_changed_and_written_down(staff: Caller, app: HoldfastApp) -> None:
    staff.patch(PROFILE, json={"first_name": "Ada"})
    answer = staff.patch(PROFILE, json={"first_name": " Grace ", "last_name": "O'Neil <b>"})
    assert answer.status_code == 200
    assert (answer.json["first_name"], answer.json["last_name"]) == ("Grace", "O'Neil <b>")
    audited = told(
        app, "SELECT actor_id, old, new FROM audit_log WHERE action = 'user.updated' ORDER BY id DESC LIMIT 1"
    )
    old, new = {"first_name": "Ada", "last_name": ""}, {"first_name": "Grace", "last_name": "O'Neil <b>"}
    assert audited == [(staff.user_id, old, new)]


def test_what_stays_as_it_is_changes_nothing(staff: Caller, app: HoldfastApp) -> None:
    tag = staff.get(PROFILE).headers["ETag"]
    for same in ({}, {"first_name": ""}, {"email": OLD}):
        answer = staff.patch(PROFILE, json=same)
        assert (answer.status_code, answer.headers["ETag"]) == (200, tag)
    assert told(app, "SELECT id FROM audit_log WHERE action = 'user.updated'") == []


def test_a_stale_change_is_refused(staff: Caller) -> None:
    tag = staff.get(PROFILE).headers["ETag"]
    assert staff.patch(PROFILE, json={"first_name": "Ada"}, headers={"If-Match": tag}).status_code == 200
    assert_problem(staff.patch(PROFILE, json={"first_name": "Eve"}, headers={"If-Match": tag}), 412, "stale")
    assert staff.get(PROFILE).json["first_name"] == "Ada"


@pytest.mark.parametrize("field", ["role", "username", "is_active", "email_verified", "id", "password", "version"])
def test_nothing_else_can_be_changed(staff: Caller, field: str) -> None:
    problem = assert_problem(staff.patch(PROFILE, json={field: "admin"}), 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == f"/{field}"


def test_a_new_address_is_not_verified_and_both_addresses_hear_of_it(
    staff: Caller, app: HoldfastApp, sql: Any, client: FlaskClient
) -> None:
    sql.execute("UPDATE users SET email_verified_at = clock_timestamp()")
    answer = staff.patch(PROFILE, json=MOVE)
    assert answer.status_code == 200, answer.text
    assert (answer.json["email"], answer.json["email_verified"]) == (NEW, False)
    assert written(app) == [("email_changed", OLD), ("email_verification", NEW)]
    assert token(app, "email_verification", NEW)
    assert told(app, "SELECT old, new FROM audit_log WHERE action = 'user.updated'") == [
        ({"email": OLD}, {"email": NEW})
    ]


def test_links_to_the_address_before_set_no_password_even_when_the_user_has_it_again(
    staff: Caller, app: HoldfastApp, client: FlaskClient
) -> None:
    client.post(RESET, json={"email": OLD})
    work(app)
    link = token(app, "password_reset", OLD)
    for email in (NEW, OLD):
        assert staff.patch(PROFILE, json=MOVE | {"email": email}).status_code == 200
    answer = client.post(f"{RESET}/confirm", json={"token": link, "new_password": "entirely another one"})
    assert_problem(answer, 409, "link_invalid")


def test_another_address_takes_the_current_password(staff: Caller, app: HoldfastApp) -> None:
    problem = assert_problem(staff.patch(PROFILE, json={"email": NEW}), 422, "validation_failed")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [("/current_password", "required")]
    wrong = staff.patch(PROFILE, json=MOVE | {"current_password": "wrong"})
    assert_problem(wrong, 422, "password_wrong")
    assert staff.get(PROFILE).json["email"] == OLD
    assert written(app) == []


def test_an_address_of_somebody_else_is_refused(as_role: AsRole, app: HoldfastApp) -> None:
    as_role("viewer")
    caller = as_role("operator")
    assert_problem(caller.patch(PROFILE, json=MOVE | {"email": "VIEWER@example.test"}), 409, "email_taken")
    assert written(app) == []


def test_mails_to_addresses_of_strangers_are_few(staff: Caller, chosen: Settings, app: HoldfastApp) -> None:
    staff.client = create_app(replace(chosen, link_mails_per_address=2)).test_client()
    moves = [staff.patch(PROFILE, json=MOVE | {"email": f"{number}@example.test"}).status_code for number in range(3)]
    assert moves == [200, 200, 429]


def test_a_stale_move_is_refused_after_the_password_was_right(staff: Caller, app: HoldfastApp) -> None:
    assert_problem(staff.patch(PROFILE, json=MOVE, headers={"If-Match": '"v99"'}), 412, "stale")
    assert written(app) == []
