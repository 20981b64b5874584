"""Who reads the mail of an account sets a new password, once for each link; nobody else learns whether there is one."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.conftest import DEMO_PASSWORD, AsRole
from tests.api.letters import token, told, work, written
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

RESET, CONFIRM = "/api/v1/auth/password-reset", "/api/v1/auth/password-reset/confirm"
LOGIN, PROFILE, PASSWORD = "/api/v1/auth/login", "/api/v1/auth/profile", "/api/v1/auth/password"
ADDRESS, NEW = "operator@example.test", "entirely another one"


def asked(client: FlaskClient, email: str = ADDRESS, **changes: Any) -> TestResponse:
    return client.post(RESET, json={"email": email}, **changes)


def confirmed(client: FlaskClient, link: str, new_password: str = NEW) -> TestResponse:
    return client.post(CONFIRM, json={"token": link, "new_password": new_password})


@pytest.fixture
def link(staff: Caller, app: HoldfastApp) -> str:
    """The token that the operator got by mail."""
    assert asked(app.test_client()).status_code == 202
    work(app)
    return token(app, "password_reset", ADDRESS)


def test_a_known_address_and_an_unknown_one_get_the_same_answer_and_cost_the_same(
    staff: Caller, app: HoldfastApp, client: FlaskClient, sql: Any
) -> None:
    retired = "INSERT INTO users (username, email, password_hash, role, is_active) VALUES (%s, %s, '', 'viewer', false)"
    sql.execute(retired, ["x", "x@x.test"])
    answers = [asked(client, email) for email in (ADDRESS, "nobody@example.test", "x@x.test")]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert told(app, "SELECT name, count(*) FROM jobs GROUP BY name") == [("identity.send_password_reset", 3)]
    assert work(app) == ["sent", *["nobody to send it to, or sent before"] * 2]
    assert written(app) == [("password_reset", ADDRESS)]


def test_the_job_done_twice_sends_one_mail_of_one_link(link: str, app: HoldfastApp) -> None:
    work(app)
    assert written(app) == [("password_reset", ADDRESS)]
    assert told(app, "SELECT count(*) FROM mailed_links") == [(1,)]


def test_a_link_sets_the_password_and_ends_every_session(
    link: str, staff: Caller, client: FlaskClient, app: HoldfastApp
) -> None:
    answer = confirmed(client, link)
    assert (answer.status_code, answer.data) == (204, b"")
    assert staff.get(PROFILE).status_code == 401
    assert staff.client.get("/console/").status_code == 303
    logins = [{"username": "operator", "password": password} for password in (NEW, DEMO_PASSWORD)]
    assert [client.post(LOGIN, json=login).status_code for login in logins] == [200, 401]
    assert written(app)[-1] == ("password_changed", ADDRESS)
    actions = told(
        app, "SELECT action, actor_id FROM audit_log WHERE action IN ('user.password_reset', 'user.email_verified')"
    )
    assert sorted(actions) == [("user.email_verified", staff.user_id), ("user.password_reset", staff.user_id)]


def test_a_link_works_once_and_with_it_end_the_others(link: str, client: FlaskClient, app: HoldfastApp) -> None:
    asked(client)
    work(app)
    newer = token(app, "password_reset", ADDRESS)
    assert newer != link
    assert confirmed(client, link).status_code == 204
    for each in (link, newer):
        assert_problem(confirmed(client, each), 409, "link_invalid")


ENDS = {
    "its time": "UPDATE mailed_links SET expires_at = clock_timestamp()",
    "the user": "DELETE FROM users",
    "the right to sign in": "UPDATE users SET is_active = false",
    "the address": "UPDATE users SET email = 'new@example.test'",
    "its kind": "UPDATE mailed_links SET kind = 'email_verification'",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_link_ends_with(link: str, client: FlaskClient, sql: Any, end: str) -> None:
    sql.execute(end)
    assert_problem(confirmed(client, link), 409, "link_invalid")
    sql.execute("SELECT count(*) FROM emails WHERE template = 'password_changed'")
    assert sql.fetchone() == (0,)


def test_a_link_lives_for_the_time_that_was_set(link: str, app: HoldfastApp) -> None:
    assert told(app, "SELECT extract(epoch FROM expires_at - created_at)::int FROM mailed_links") == [(3600,)]


def test_a_made_up_token_opens_nothing(link: str, client: FlaskClient) -> None:
    name, _, seal = link.partition(".")
    forged = (
        f"{name}.{'A' * 43}",
        f"{'0' * 32}.{seal}",
        name,
        seal,
        f"{link}x",
        link.upper(),
        "x",
        "ä",
        f"{name}.{seal[:-1]}",
    )
    told_once = {assert_problem(confirmed(client, each), 409, "link_invalid")["detail"] for each in forged}
    assert len(told_once) == 1
    assert confirmed(client, link).status_code == 204


def test_a_password_that_cannot_be_accepted_leaves_the_link_open(link: str, client: FlaskClient) -> None:
    for bad in ("too short", "x" * 129, ADDRESS):
        problem = assert_problem(confirmed(client, link, bad), 422, "validation_failed")
        assert [fault["pointer"] for fault in problem["errors"]] == ["/new_password"]
    assert confirmed(client, link).status_code == 204


def test_a_reset_opens_the_lock_that_failed_logins_closed(link: str, chosen: Settings) -> None:
    strict = create_app(replace(chosen, login_failures_per_account=2)).test_client()
    tried = [strict.post(LOGIN, json={"username": "operator", "password": "wrong"}).status_code for _ in range(3)]
    assert tried == [401, 401, 429]
    assert confirmed(strict, link).status_code == 204
    assert strict.post(LOGIN, json={"username": "operator", "password": NEW}).status_code == 200


def test_of_several_who_confirm_at_once_one_wins(link: str, app: HoldfastApp) -> None:
    def confirm(number: int) -> int:
        return confirmed(app.test_client(), link, f"{NEW} {number}").status_code

    answers = at_once(app, 4, confirm)
    assert Counter(answers)[204] == 1
    assert set(answers) <= {204, 409, 503}
    winner = {"username": "operator", "password": f"{NEW} {answers.index(204)}"}
    assert app.test_client().post(LOGIN, json=winner).status_code == 200
    assert Counter(written(app)) == {("password_reset", ADDRESS): 1, ("password_changed", ADDRESS): 1}


def test_changing_the_password_ends_open_links(link: str, staff: Caller, client: FlaskClient) -> None:
    change = {"current_password": DEMO_PASSWORD, "new_password": NEW}
    assert staff.post(PASSWORD, json=change).status_code == 204
    assert_problem(confirmed(client, link), 409, "link_invalid")


@pytest.mark.parametrize("email", [ADDRESS, "nobody@example.test"])
def test_one_address_is_written_to_so_many_times_an_hour_whether_anybody_has_it_or_not(
    as_role: AsRole, app: HoldfastApp, chosen: Settings, email: str
) -> None:
    as_role("operator")
    strict = create_app(replace(chosen, link_mails_per_hour=2)).test_client()
    assert [asked(strict, each).status_code for each in (email, email.upper())] == [202, 202]
    refused = asked(strict, email, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert asked(strict, "somebody@example.test").status_code == 202
    assert told(app, "SELECT count(*) FROM jobs") == [(3,)]


def test_one_network_asks_and_tries_so_many_times(client: FlaskClient, chosen: Settings) -> None:
    strict = create_app(replace(chosen, link_mails_per_address=2, login_failures_per_address=2)).test_client()
    assert [asked(strict, f"{n}@example.test").status_code for n in range(3)] == [202, 202, 429]
    assert [confirmed(strict, f"{'0' * 32}.{'A' * 43}").status_code for _ in range(3)] == [409, 409, 429]


def test_old_links_are_forgotten_and_open_ones_are_not(
    link: str, app: HoldfastApp, sql: Any, client: FlaskClient
) -> None:
    asked(client)
    work(app)
    sql.execute("SELECT count(*) FROM mailed_links")
    assert sql.fetchone() == (2,)
    sql.execute("UPDATE mailed_links SET expires_at = clock_timestamp() - interval '8 days' WHERE id = %s", [link[:32]])
    sql.execute("INSERT INTO jobs (name, args, request_id) VALUES ('identity.purge_links', '{}', 'x')")
    assert work(app, "identity.purge_links") == [1]
