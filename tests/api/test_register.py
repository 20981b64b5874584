"""Anybody becomes a customer, once for each name and address."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.events import SUBSCRIBERS, subscribe
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from app.identity import passwords
from app.identity.events import UserRegistered
from tests.api.letters import told, written
from tests.api.parallel import at_once
from tests.api.problem import assert_problem

REGISTER, LOGIN, PROFILE = "/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/profile"
ADA = {"username": "Ada", "email": "ada@shop.example", "password": " a long enough one "}


def test_who_registers_is_a_customer_who_can_sign_in(app: HoldfastApp, client: FlaskClient) -> None:
    answer = client.post(REGISTER, json=ADA | {"username": " Ada ", "first_name": "Ada", "last_name": "Lovelace"})
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert made.pop("id") > 0
    assert made.pop("date_joined").endswith("Z")
    shown = {"username": "Ada", "email": ADA["email"], "first_name": "Ada", "last_name": "Lovelace"}
    assert made == shown | {"role": "customer", "email_verified": False}
    assert client.post(LOGIN, json={"username": "ada", "password": ADA["password"]}).status_code == 200
    assert client.post(LOGIN, json={"username": "ada", "password": ADA["password"].strip()}).status_code == 401


def test_a_registration_is_written_down_told_and_answered_by_a_mail(app: HoldfastApp, client: FlaskClient) -> None:
    heard: list[int] = []
    subscribe(UserRegistered)(lambda event: heard.append(event.user_id))
    try:
        made = client.post(REGISTER, json=ADA).get_json()
    finally:
        SUBSCRIBERS[UserRegistered].pop()
    assert heard == [made["id"]]
    assert written(app) == [("email_verification", ADA["email"])]
    audited = told(app, "SELECT actor_name, object_id, new FROM audit_log WHERE action = 'user.registered'")
    facts = {"username": "Ada", "email": ADA["email"], "role": "customer"}
    assert audited == [("Ada", str(made["id"]), facts)]


def test_a_fault_of_who_listens_leaves_no_half_user(app: HoldfastApp, client: FlaskClient) -> None:
    def fail(_: UserRegistered) -> None:
        raise ZeroDivisionError

    subscribe(UserRegistered)(fail)
    try:
        assert_problem(client.post(REGISTER, json=ADA), 500, "unexpected_fault")
    finally:
        SUBSCRIBERS[UserRegistered].pop()
    assert told(app, "SELECT id FROM users UNION ALL SELECT id FROM emails UNION ALL SELECT id FROM jobs") == []


@pytest.mark.parametrize("role", ["admin", "customer"])
def test_nobody_chooses_a_role(client: FlaskClient, role: str) -> None:
    problem = assert_problem(client.post(REGISTER, json=ADA | {"role": role}), 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "/role"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "other@shop.example", "username": "ADA"}, "username_taken"),
        ({"email": "ADA@shop.example", "username": "other"}, "email_taken"),
    ],
)
def test_a_name_and_an_address_belong_to_one_user_in_any_case(
    client: FlaskClient, changes: dict[str, str], code: str
) -> None:
    assert client.post(REGISTER, json=ADA).status_code == 201
    assert_problem(client.post(REGISTER, json=ADA | changes), 409, code)


def test_of_twins_at_once_one_registers(app: HoldfastApp, client: FlaskClient) -> None:
    def registered(number: int) -> int:
        twin = ADA if number % 2 else ADA | {"username": "ada"}
        return app.test_client().post(REGISTER, json=twin).status_code

    answers = Counter(at_once(app, 4, registered))
    assert answers[201] == 1
    assert answers.keys() <= {201, 409, 503}
    assert told(app, "SELECT count(*) FROM users") == [(1,)]
    assert written(app) == [("email_verification", ADA["email"])]


BAD: dict[str, dict[str, Any]] = {
    "a name with @": {"username": "a@b"},
    "a name of two lines": {"username": "a\r\nb"},
    "an invisible mark in a name": {"username": "a\u202eb"},
    "no address": {"email": "ada"},
    "an address of two lines": {"email": "ada@shop.example\r\nBcc: all@shop.example"},
    "two addresses": {"email": "ada@shop.example,eve@shop.example"},
    "a quoted address": {"email": '"ada eve"@shop.example'},
    "letters that mail servers do not take": {"email": "ädä@shop.example"},
    "a long address": {"email": f"{'a' * 243}@shop.example"},
    "a short password": {"password": "a" * 9},
    "a long password": {"password": "a" * 129},
    "a first name of two lines": {"first_name": "Ada\r\nX-Spam: no"},
    "a password that is the name": {"username": "Ada Lovelace", "password": "ada lovelace"},
    "a password that is the address": {"password": " ADA@shop.example"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_what_cannot_be_accepted_is_told_at_its_field(
    app: HoldfastApp, client: FlaskClient, changes: dict[str, Any]
) -> None:
    problem = assert_problem(client.post(REGISTER, json=ADA | changes), 422, "validation_failed")
    assert {fault["pointer"] for fault in problem["errors"]} == {f"/{list(changes)[-1]}"}
    assert told(app, "SELECT key FROM throttles UNION ALL SELECT key FROM emails") == []


@pytest.mark.parametrize("name", ["İlknur", "Łukasz", "陈", "O'Neil <b>", "ß", "x" * 50])
def test_a_name_in_any_letters_signs_in(client: FlaskClient, name: str) -> None:
    made = client.post(REGISTER, json=ADA | {"username": name, "password": "пароль 长长长长长长"})
    assert made.status_code == 201, made.text
    login = {"username": name, "password": "пароль 长长长长长长"}
    assert client.post(LOGIN, json=login).status_code == 200


def test_one_network_registers_so_many_times_an_hour(chosen: Settings, client: FlaskClient, sql: Any) -> None:
    strict = create_app(replace(chosen, registrations_per_hour=2)).test_client()

    def status(name: str, address: str = "192.0.2.1") -> Any:
        body = ADA | {"username": name, "email": f"{name}@shop.example"}
        return strict.post(REGISTER, json=body, environ_base={"REMOTE_ADDR": address})

    assert [status("one").status_code, status("one").status_code] == [201, 409]
    refused = status("two")
    assert_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert status("two", "198.51.100.7").status_code == 201
    sql.execute("UPDATE throttles SET ends_at = clock_timestamp()")
    assert status("three").status_code == 201


def test_no_transaction_is_open_while_a_password_is_hashed(
    app: HoldfastApp, client: FlaskClient, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, seen = passwords.hashed, []

    def looking(password: str) -> str:
        sql.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        seen.append(sql.fetchone())
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", looking)
    assert client.post(REGISTER, json=ADA).status_code == 201
    assert seen == [(0,)]
