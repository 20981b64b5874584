"""Signing in, signing out, and how a token ends."""

import time
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made import BERLIN, STORES
from tests.api.problem import assert_problem
from tests.callers import PASSWORD, Caller, make_user

LOGIN, LOGOUT = "/api/v1/auth/login", "/api/v1/auth/logout"


@pytest.fixture
def anna(app: HoldfastApp, clean: None) -> int:
    """An operator with a password."""
    return make_user(app, Role.OPERATOR, "Anna")


def lives(client: FlaskClient, token: str) -> bool:
    """Whether the token opens anything."""
    answer = client.post(STORES, json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {401, 422}
    return answer.status_code == 422


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("name", ["Anna", "anna", "ANNA", " anna ", "Anna@example.test", "ANNA@EXAMPLE.TEST"])
def test_a_user_signs_in_by_name_or_address_in_any_case(client: FlaskClient, name: str) -> None:
    answer = client.post(LOGIN, json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.get_json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (answer.get_json()["token_type"], answer.get_json()["expires_in"]) == ("Bearer", 3600)
    assert lives(client, answer.get_json()["access_token"])


def test_every_wrong_login_gets_the_same_answer(client: FlaskClient, anna: int, sql: Any) -> None:
    def told(username: str, password: str) -> dict[str, Any]:
        problem = assert_problem(client.post(LOGIN, json={"username": username, "password": password}), 401)
        return {name: value for name, value in problem.items() if name != "request_id"}

    wrong = told("Anna", f"{PASSWORD}!")
    assert wrong["code"] == "login_refused"
    assert told("nobody", PASSWORD) == told("nobody@example.test", PASSWORD) == told("Anna", f" {PASSWORD}") == wrong
    sql.execute("UPDATE users SET is_active = false")
    assert told("Anna", PASSWORD) == wrong
    sql.execute("SELECT count(*) FROM sessions")
    assert sql.fetchone() == (0,)


def test_a_login_is_written_down(client: FlaskClient, anna: int, sql: Any) -> None:
    client.post(LOGIN, json={"username": "anna", "password": PASSWORD})
    sql.execute("SELECT actor_id, actor_name, source, new FROM audit_log WHERE action = 'user.signed_in'")
    assert sql.fetchall() == [(anna, "Anna", "api", {"kind": "api", "address": "127.0.0.1"})]


def test_logout_ends_the_token_at_once_and_no_other(as_role: AsRole, client: FlaskClient, app: HoldfastApp) -> None:
    here, there = as_role("operator"), as_role("operator")
    answer = here.post(LOGOUT)
    assert (answer.status_code, answer.data) == (204, b"")
    assert not lives(client, here.token)
    app.extensions["holdfast.redis"].client.flushall()
    assert not lives(client, here.token)
    assert lives(client, there.token)
    assert_problem(here.post(LOGOUT), 401, "not_authenticated")


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE sessions SET expires_at = clock_timestamp() - interval '1 ms'",
        "UPDATE sessions SET ended_at = clock_timestamp()",
        "DELETE FROM sessions",
        "UPDATE users SET is_active = false",
        "DELETE FROM users",
    ],
)
def test_a_token_ends_with_its_session_and_its_user(staff: Caller, client: FlaskClient, sql: Any, end: str) -> None:
    assert lives(client, staff.token)
    sql.execute(end)
    assert not lives(client, staff.token)


def test_a_change_of_role_holds_at_once(staff: Caller, sql: Any) -> None:
    sql.execute("UPDATE users SET role = 'viewer'")
    assert_problem(staff.post(STORES, json=BERLIN), 403, "not_permitted")
    sql.execute("UPDATE users SET role = 'admin'")
    assert staff.post(STORES, json=BERLIN).status_code == 201


FORGED: dict[str, dict[str, Any]] = {
    "expired": {"exp": 1},
    "not yet valid": {"nbf": 2**40},
    "for another audience": {"aud": "elsewhere"},
    "of another issuer": {"iss": "elsewhere"},
    "of another kind": {"type": "refresh"},
    "without a session": {"sid": None},
    "of no session": {"sid": "x"},
    "of an unknown session": {"sid": "00000000-0000-7000-8000-000000000000"},
    "without an audience": {"aud": None},
    "without an end": {"exp": None},
    "without an id": {"jti": None},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_token_that_is_not_as_ours_is_refused(
    staff: Caller, client: FlaskClient, chosen: Settings, change: dict[str, Any]
) -> None:
    claims = jwt.decode(staff.token, options={"verify_signature": False})
    made = {name: value for name, value in (claims | change).items() if value is not None}
    assert not lives(client, jwt.encode(made, f"jwt:{chosen.secret_key}", "HS256"))


def test_a_token_signed_by_another_or_by_nobody_is_refused(
    staff: Caller, client: FlaskClient, chosen: Settings
) -> None:
    claims = jwt.decode(staff.token, options={"verify_signature": False})
    key = f"jwt:{chosen.secret_key}"
    assert lives(client, jwt.encode(claims, key, "HS256"))
    assert not lives(client, jwt.encode(claims, "another key that is long enough for it", "HS256"))
    assert not lives(client, jwt.encode(claims, key * 2, "HS512"))
    assert not lives(client, jwt.encode(claims, None, "none"))


def test_a_token_that_was_good_a_moment_ago_ends_on_time(staff: Caller, client: FlaskClient, chosen: Settings) -> None:
    claims = jwt.decode(staff.token, options={"verify_signature": False})
    end = int(time.time()) + 2
    token = jwt.encode(claims | {"exp": end}, f"jwt:{chosen.secret_key}", "HS256")
    assert lives(client, token)
    while time.time() < end:
        time.sleep(0.02)
    assert not lives(client, token)


@pytest.mark.usefixtures("anna")
def test_an_old_token_sent_along_does_not_keep_anybody_from_signing_in(client: FlaskClient) -> None:
    answer = client.post(
        LOGIN, json={"username": "anna", "password": PASSWORD}, headers={"Authorization": "Bearer long.gone.now"}
    )
    assert answer.status_code == 200
