"""Admins make and change users; whoever loses something loses it at once, and one admin always stays."""

import hashlib
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.roles import Role
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.problem import assert_problem
from tests.callers import Caller

USERS, LOGIN = "/api/v1/users", "/api/v1/auth/login"
SECRET = "a long enough secret"
ANNA = {"username": "Anna", "email": "anna@shop.example", "role": "operator", "password": SECRET}


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    return as_role(Role.ADMIN, "root")


def made(admin: Caller, **changes: Any) -> dict[str, Any]:
    answer = admin.post(USERS, json=ANNA | changes)
    assert answer.status_code == 201, answer.text
    user: dict[str, Any] = answer.json
    return user


def place(user: dict[str, Any] | int) -> str:
    return f"{USERS}/{user if isinstance(user, int) else user['id']}"


def logs_in(client: FlaskClient, name: str, password: str) -> bool:
    answer = client.post(LOGIN, json={"username": name, "password": password})
    return bool(answer.status_code == 200)


def lives(caller: Caller) -> bool:
    """Whether both its token and its cookie open something."""
    token = bool(caller.get("/api/v1/users").status_code != 401)
    cookie = caller.client.get("/console/").status_code != 303
    assert token == cookie
    return token


def entries(sql: Any, user_id: int) -> list[Any]:
    sql.execute(
        "SELECT action, old, new FROM audit_log WHERE object_type = 'user' AND object_id = %s"
        " AND action <> 'user.signed_in' ORDER BY id",
        [str(user_id)],
    )
    found: list[Any] = sql.fetchall()
    return found


def test_a_user_that_was_made_is_found_and_signs_in(admin: Caller, client: FlaskClient) -> None:
    answer = admin.post(USERS, json=ANNA | {"first_name": "Anna", "last_name": "Ölund"})
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"v1"')
    found = admin.get(answer.headers["Location"])
    assert found.json == answer.json
    assert found.headers["ETag"] == '"v1"'
    assert found.json["date_joined"].endswith("Z")
    assert found.json == {
        "id": answer.json["id"],
        "date_joined": found.json["date_joined"],
        "username": "Anna",
        "email": "anna@shop.example",
        "email_verified": False,
        "first_name": "Anna",
        "last_name": "Ölund",
        "role": "operator",
        "is_active": True,
        "last_signed_in_at": None,
    }
    assert logs_in(client, "anna", SECRET)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "an@na"),
        ("username", "an\nna"),
        ("username", "x" * 51),
        ("username", " "),
        ("email", "anna"),
        ("email", "anna@"),
        ("email", "a b@shop.example"),
        ("email", "a@shop.example\r\nBcc: b@shop.example"),
        ("email", "a@shop.example, b@shop.example"),
        ("email", f"a@{'x' * 250}.example"),
        ("role", "root"),
        ("role", "ADMIN"),
        ("first_name", "x" * 101),
        ("last_name", "a\x1bb"),
        ("password", "x" * 9),
        ("password", "x" * 129),
    ],
)
def test_a_field_that_cannot_be_accepted_is_named(admin: Caller, field: str, value: str) -> None:
    problem = assert_problem(admin.post(USERS, json=ANNA | {field: value}), 422, "validation_failed")
    assert {fault["pointer"] for fault in problem["errors"]} == {f"/{field}"}


@pytest.mark.parametrize("password", ["Administrator", "administrator", "ADMIN@shop.example"])
def test_a_password_that_everybody_can_read_is_refused(admin: Caller, password: str) -> None:
    body = ANNA | {"username": "Administrator", "email": "admin@shop.example", "password": password}
    problem = assert_problem(admin.post(USERS, json=body), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/password"]


@pytest.mark.parametrize("change", [{}, {"email": "another@shop.example"}], ids=str)
def test_a_new_password_is_no_name_of_its_user_either(admin: Caller, change: dict[str, str]) -> None:
    user = made(admin, username="Administrator")
    password = change.get("email", "ADMINISTRATOR")
    problem = assert_problem(admin.patch(place(user), json=change | {"password": password}), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/password"]
    assert admin.get(place(user)).json == user


def test_space_in_a_password_stays(admin: Caller, client: FlaskClient) -> None:
    made(admin, password=f" {SECRET} ")
    assert not logs_in(client, "anna", SECRET)
    assert logs_in(client, "anna", f" {SECRET} ")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "x@shop.example", "username": "ANNA"}, "username_taken"),
        ({"email": "ANNA@shop.example", "username": "x"}, "email_taken"),
    ],
)
def test_names_and_addresses_are_unique_in_any_case(admin: Caller, change: dict[str, str], code: str) -> None:
    made(admin)
    assert_problem(admin.post(USERS, json=ANNA | change), 409, code)


def test_an_address_cannot_be_changed_to_somebody_elses(admin: Caller) -> None:
    made(admin)
    other = made(admin, username="Ben", email="ben@shop.example")
    assert_problem(admin.patch(place(other), json={"email": "Anna@Shop.example"}), 409, "email_taken")
    assert admin.get(place(other)).json == other


def test_a_repeated_key_makes_one_user(admin: Caller) -> None:
    key = {"Idempotency-Key": "anna"}
    first, again = (admin.post(USERS, json=ANNA, headers=key) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert {name: again.headers[name] for name in ("ETag", "Location", "Idempotent-Replayed")} == {
        "ETag": '"v1"',
        "Location": first.headers["Location"],
        "Idempotent-Replayed": "true",
    }


def test_what_is_kept_of_a_key_tells_nothing_of_a_password(admin: Caller, sql: Any) -> None:
    admin.post(USERS, json=ANNA, headers={"Idempotency-Key": "anna"})
    sql.execute("SELECT fingerprint, body FROM idempotency_keys")
    fingerprint, body = sql.fetchone()
    assert SECRET not in body
    sent = json.dumps(ANNA, separators=(",", ":"), sort_keys=True)
    assert fingerprint != hashlib.sha256(f"POST\0{USERS}\0{sent}".encode()).hexdigest()


def test_nobody_is_deleted(admin: Caller) -> None:
    assert_problem(admin.delete(place(made(admin))), 405, "method_not_allowed")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_user_that_does_not_exist_is_not_found(admin: Caller, method: str) -> None:
    options = {"json": {"role": "viewer"}} if method == "PATCH" else {}
    assert (
        assert_problem(admin.call(method, place(2_000_000_000), **options), 404, "user_not_found")["user_id"]
        == 2_000_000_000
    )


def test_a_change_is_made_and_written_down(admin: Caller, sql: Any) -> None:
    user = made(admin)
    answer = admin.patch(place(user), json={"first_name": "Anna", "last_name": "", "is_active": True})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v2"')
    assert answer.json == user | {"first_name": "Anna"} == admin.get(place(user)).json
    facts = {name: user[name] for name in ("username", "email", "role")}
    assert entries(sql, user["id"]) == [
        ("user.created", {}, facts),
        ("user.updated", {"first_name": ""}, {"first_name": "Anna"}),
    ]


def test_a_change_to_what_is_already_so_changes_nothing(admin: Caller, as_role: AsRole, sql: Any) -> None:
    ben = as_role("operator", "ben")
    answer = admin.patch(place(ben.user_id), json={"role": "operator", "is_active": True})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v1"')
    assert entries(sql, ben.user_id) == []
    assert lives(ben)


def test_a_change_by_somebody_who_saw_another_version_is_stale(admin: Caller) -> None:
    user = made(admin)
    admin.patch(place(user), json={"first_name": "A"}, headers={"If-Match": '"v1"'})
    answer = admin.patch(place(user), json={"first_name": "B"}, headers={"If-Match": '"v1"'})
    assert assert_problem(answer, 412, "stale")["version"] == 2
    assert admin.get(place(user)).json["first_name"] == "A"


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": False}, {"password": SECRET}], ids=str)
def test_whoever_loses_something_is_signed_out_everywhere_at_once(
    admin: Caller, as_role: AsRole, app: HoldfastApp, sql: Any, change: dict[str, Any]
) -> None:
    here, there, other = as_role("operator", "ben"), as_role("operator", "ben"), as_role("operator", "cleo")
    assert admin.patch(place(here.user_id), json=change).status_code == 200
    app.extensions["holdfast.redis"].client.flushall()
    assert (lives(here), lives(there), lives(other)) == (False, False, True)
    assert entries(sql, here.user_id)[-1] == ("user.signed_out", {}, {"sessions": 4})


def test_a_session_that_was_ended_stays_ended_when_the_user_is_activated_again(admin: Caller, as_role: AsRole) -> None:
    ben = as_role("operator", "ben")
    for is_active in (False, True):
        assert admin.patch(place(ben.user_id), json={"is_active": is_active}).status_code == 200
    assert not lives(ben)


def test_a_name_or_an_address_ends_no_session(admin: Caller, as_role: AsRole) -> None:
    ben = as_role("operator", "ben")
    assert admin.patch(place(ben.user_id), json={"first_name": "Ben", "email": "b@shop.example"}).status_code == 200
    assert lives(ben)


def test_a_new_password_opens_and_the_old_one_does_not(admin: Caller, client: FlaskClient, sql: Any) -> None:
    user = made(admin)
    answer = admin.patch(place(user), json={"password": "another long secret"})
    assert answer.headers["ETag"] == '"v2"'
    assert not logs_in(client, "anna", SECRET)
    assert logs_in(client, "anna", "another long secret")
    assert [action for action, *_ in entries(sql, user["id"])][1:] == ["user.password_set", "user.signed_out"]
    sql.execute("SELECT count(*) FROM audit_log WHERE audit_log::text LIKE '%secret%'")
    assert sql.fetchone() == (0,)


def test_a_new_address_is_not_verified(admin: Caller, sql: Any) -> None:
    user = made(admin)
    sql.execute("UPDATE users SET email_verified_at = clock_timestamp()")
    assert admin.patch(place(user), json={"email": user["email"]}).json["email_verified"] is True
    assert admin.patch(place(user), json={"email": "new@shop.example"}).json["email_verified"] is False


def test_the_last_sign_in_is_shown(admin: Caller, as_role: AsRole, sql: Any) -> None:
    ben = as_role("operator", "ben")
    sql.execute("SELECT max(created_at) FROM sessions WHERE user_id = %s", [ben.user_id])
    latest = sql.fetchone()[0].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert admin.get(place(ben.user_id)).json["last_signed_in_at"] == latest
    assert admin.get(USERS).json["data"][0]["last_signed_in_at"] == latest


@pytest.mark.parametrize("change", [{"password": "another long secret"}, {"email": "new@shop.example"}], ids=str)
def test_a_mailed_link_ends_with_the_password_or_the_address_that_it_was_for(
    admin: Caller, sql: Any, change: dict[str, str]
) -> None:
    user = made(admin)
    sql.execute(
        "INSERT INTO mailed_links (id, user_id, kind, email, expires_at)"
        " VALUES (gen_random_uuid(), %s, 'password_reset', %s, clock_timestamp() + interval '1 hour')",
        [user["id"], user["email"]],
    )
    assert admin.patch(place(user), json={"first_name": "Anna"}).status_code == 200
    sql.execute("SELECT count(*) FROM mailed_links WHERE used_at IS NULL")
    assert sql.fetchone() == (1,)
    assert admin.patch(place(user), json=change).status_code == 200
    sql.execute("SELECT count(*) FROM mailed_links WHERE used_at IS NULL")
    assert sql.fetchone() == (0,)
