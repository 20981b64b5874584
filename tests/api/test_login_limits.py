"""Guessing passwords ends soon, for each account and each address, and locks nobody out of their own place."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from app.identity import passwords
from tests.api.browsing import csrf_token
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import PASSWORD, make_user

LOGIN = "/api/v1/auth/login"
HOME, STRANGER = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def strict(app: HoldfastApp, clean: None, chosen: Settings) -> HoldfastApp:
    """An application that allows three failures of an account and eight of an address."""
    make_user(app, Role.OPERATOR, "anna")
    return create_app(replace(chosen, login_failures_per_account=3, login_failures_per_address=8))


def tried(client: FlaskClient, name: str, password: str = "wrong", address: str = STRANGER) -> TestResponse:
    return client.post(LOGIN, json={"username": name, "password": password}, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize(
    "names", [["anna"] * 3, ["ANNA", "anna@example.test", " anna "], ["nobody", "Nobody", "NOBODY"]]
)
def test_an_account_is_locked_after_its_failures_whether_it_exists_or_not(
    strict: HoldfastApp, names: list[str]
) -> None:
    client = strict.test_client()
    assert [tried(client, name).status_code for name in names] == [401] * 3
    problem = assert_problem(tried(client, names[0], PASSWORD), 429, "login_locked")
    assert "15 min" in problem["detail"] or "14 min" in problem["detail"]
    assert 0 < int(tried(client, names[0]).headers["Retry-After"]) <= 900
    assert tried(client, "somebody else").status_code == 401


def test_an_address_is_locked_after_its_failures_over_all_accounts(strict: HoldfastApp) -> None:
    client = strict.test_client()
    assert [tried(client, f"user{number}").status_code for number in range(9)] == [401] * 8 + [429]
    assert tried(client, "anna", PASSWORD).status_code == 429
    assert tried(client, "anna", PASSWORD, address=HOME).status_code == 200


def test_the_addresses_of_one_ipv6_customer_count_together(strict: HoldfastApp) -> None:
    client = strict.test_client()
    answers = [tried(client, f"user{number}", address=f"2001:db8::{number + 1}") for number in range(9)]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429]
    assert tried(client, "user9", address="2001:db8:0:1::1").status_code == 401


def test_a_thousand_made_up_forwarded_addresses_do_not_help(strict: HoldfastApp) -> None:
    client = strict.test_client()
    answers = [
        client.post(
            LOGIN,
            json={"username": f"user{number}", "password": "x"},
            headers={"X-Forwarded-For": f"10.{number % 250}.{number // 250}.1"},
        ).status_code
        for number in range(1000)
    ]
    assert answers == [401] * 8 + [429] * 992


def test_a_hundred_guesses_at_once_are_no_more_than_the_limit(strict: HoldfastApp) -> None:
    guesses = at_once(strict, 8, lambda _: [tried(strict.test_client(), "anna").status_code for _ in range(12)])
    answers = [status for batch in guesses for status in batch]
    assert answers.count(401) <= 3
    assert set(answers) <= {401, 429, 503}


def test_the_right_password_forgets_the_failures_of_the_account_and_costs_the_address_nothing(
    strict: HoldfastApp,
) -> None:
    client = strict.test_client()
    for _ in range(5):
        assert [tried(client, "anna", word).status_code for word in ("wrong", PASSWORD)] == [401, 200]
    assert [tried(client, f"user{number}").status_code for number in range(4)] == [401, 401, 401, 429]


def test_who_signed_in_from_home_lately_is_not_locked_out_there_by_strangers(strict: HoldfastApp) -> None:
    client = strict.test_client()
    assert tried(client, "anna", PASSWORD, HOME).status_code == 200
    assert [tried(client, "anna").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert tried(client, "anna", PASSWORD).status_code == 429
    assert tried(client, "anna", PASSWORD, HOME).status_code == 200
    assert [tried(client, "anna", address=HOME).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_the_lock_ends_by_the_clock_of_the_database(strict: HoldfastApp, sql: Any) -> None:
    client = strict.test_client()
    assert [tried(client, "anna").status_code for _ in range(4)] == [401, 401, 401, 429]
    sql.execute("UPDATE throttles SET ends_at = clock_timestamp()")
    assert tried(client, "anna", PASSWORD).status_code == 200


def test_logins_stay_limited_when_redis_is_flushed(strict: HoldfastApp) -> None:
    client = strict.test_client()
    assert [tried(client, "anna").status_code for _ in range(4)] == [401, 401, 401, 429]
    strict.extensions["holdfast.redis"].client.flushall()
    assert tried(client, "anna", PASSWORD).status_code == 429


def test_who_finds_no_place_for_hashing_is_sent_away_before_the_database_is_asked(
    strict: HoldfastApp, sql: Any
) -> None:
    with ExitStack() as taken:
        for _ in range(passwords.PLACES):
            taken.enter_context(passwords._places)  # noqa: SLF001 - all places are taken
        answer = tried(strict.test_client(), "anna", PASSWORD)
    assert_problem(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1
    sql.execute("SELECT count(*) FROM throttles")
    assert sql.fetchone() == (0,)
    assert tried(strict.test_client(), "anna", PASSWORD).status_code == 200


def test_what_was_typed_as_a_name_is_not_kept(strict: HoldfastApp, sql: Any) -> None:
    tried(strict.test_client(), "my password by mistake")
    sql.execute("SELECT string_agg(key, ' ') FROM throttles")
    assert "mistake" not in sql.fetchone()[0]


def test_the_console_says_how_long_the_lock_lasts(strict: HoldfastApp) -> None:
    client = strict.test_client()
    form = {"username": "anna", "password": "wrong", "csrf_token": csrf_token(client)}
    answers = [client.post("/console/login", data=form) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {422}
    assert "The username or the password is wrong." in answers[2].text
    assert "Too many failed logins. Try again in 1" in answers[3].text
