"""An address is verified by the link that was mailed to it, as long as its user has it."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.conftest import DEMO_PASSWORD
from tests.api.letters import token, told, written
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

SEND, CONFIRM = "/api/v1/auth/email-verification", "/api/v1/auth/email-verification/confirm"
PROFILE, RESET_CONFIRM = "/api/v1/auth/profile", "/api/v1/auth/password-reset/confirm"
ADDRESS = "operator@example.test"


@pytest.fixture
def link(staff: Caller, app: HoldfastApp) -> str:
    """The token that the operator got by mail."""
    assert staff.post(SEND).status_code == 202
    return token(app, "email_verification", ADDRESS)


def verified(caller: Caller) -> bool:
    answer: bool = caller.get(PROFILE).json["email_verified"]
    return answer


def test_a_link_verifies_the_address_it_was_sent_to(
    link: str, staff: Caller, client: FlaskClient, app: HoldfastApp
) -> None:
    before = staff.get(PROFILE).headers["ETag"]
    assert not verified(staff)
    answer = client.post(CONFIRM, json={"token": link})
    assert (answer.status_code, answer.data) == (204, b"")
    assert verified(staff)
    assert staff.get(PROFILE).headers["ETag"] != before
    audited = told(app, "SELECT actor_id, new FROM audit_log WHERE action = 'user.email_verified'")
    assert audited == [(staff.user_id, {"email": ADDRESS})]


def test_a_link_works_once_and_a_verified_address_gets_no_other(
    link: str, staff: Caller, client: FlaskClient, app: HoldfastApp
) -> None:
    assert client.post(CONFIRM, json={"token": link}).status_code == 204
    assert_problem(client.post(CONFIRM, json={"token": link}), 409, "link_invalid")
    assert_problem(staff.post(SEND), 409, "email_already_verified")
    assert written(app) == [("email_verification", ADDRESS)]


def test_a_link_to_the_address_before_verifies_nothing(link: str, staff: Caller, client: FlaskClient) -> None:
    move = {"email": "new@example.test", "current_password": DEMO_PASSWORD}
    assert staff.patch(PROFILE, json=move).status_code == 200
    assert_problem(client.post(CONFIRM, json={"token": link}), 409, "link_invalid")
    assert not verified(staff)


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE mailed_links SET expires_at = clock_timestamp()",
        "UPDATE users SET email = 'new@example.test'",
        "UPDATE users SET is_active = false",
    ],
)
def test_a_link_ends(link: str, client: FlaskClient, sql: Any, end: str) -> None:
    sql.execute(end)
    assert_problem(client.post(CONFIRM, json={"token": link}), 409, "link_invalid")
    sql.execute("SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL")
    assert sql.fetchone() == (0,)


def test_a_link_that_verifies_sets_no_password(link: str, client: FlaskClient) -> None:
    answer = client.post(RESET_CONFIRM, json={"token": link, "new_password": "entirely another one"})
    assert_problem(answer, 409, "link_invalid")
    assert client.post(CONFIRM, json={"token": link}).status_code == 204


def test_of_several_at_once_one_verifies(link: str, app: HoldfastApp) -> None:
    answers = at_once(app, 6, lambda _: app.test_client().post(CONFIRM, json={"token": link}).status_code)
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 503}
    assert told(app, "SELECT count(*) FROM audit_log WHERE action = 'user.email_verified'") == [(1,)]


def test_mails_are_sent_so_many_times_an_hour(staff: Caller, chosen: Settings, app: HoldfastApp) -> None:
    staff.client = create_app(replace(chosen, link_mails_per_hour=2)).test_client()
    assert [staff.post(SEND).status_code for _ in range(3)] == [202, 202, 429]
    assert written(app) == [("email_verification", ADDRESS)] * 2
