"""Who knows the current password may set another one, and whoever else was signed in is out."""

from collections import Counter
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.conftest import DEMO_PASSWORD, AsRole
from tests.api.letters import told, written
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

PASSWORD, PROFILE, LOGIN = "/api/v1/auth/password", "/api/v1/auth/profile", "/api/v1/auth/login"
NEW = " another one, with spaces "
CHANGE = {"current_password": DEMO_PASSWORD, "new_password": NEW}


def signs_in(client: FlaskClient, caller: Caller, password: str) -> bool:
    login = {"username": caller.username, "password": password}
    return client.post(LOGIN, json=login).status_code == 200


def test_the_new_password_opens_and_the_old_one_does_not(staff: Caller, client: FlaskClient) -> None:
    answer = staff.post(PASSWORD, json=CHANGE)
    assert (answer.status_code, answer.data) == (204, b"")
    assert signs_in(client, staff, NEW)
    assert not signs_in(client, staff, NEW.strip())
    assert not signs_in(client, staff, DEMO_PASSWORD)


def test_every_other_session_of_the_caller_ends_and_nobody_elses(as_role: AsRole, app: HoldfastApp) -> None:
    here, there, other = as_role("operator"), as_role("operator"), as_role("viewer")
    assert here.post(PASSWORD, json=CHANGE).status_code == 204
    assert [caller.get(PROFILE).status_code for caller in (here, there, other)] == [200, 401, 200]
    assert there.client.get("/console/").status_code == 303
    assert other.client.get("/console/").status_code == 200


def test_it_is_written_down_and_told_by_mail(staff: Caller, app: HoldfastApp) -> None:
    staff.post(PASSWORD, json=CHANGE)
    audited = told(app, "SELECT actor_id, object_id, old, new FROM audit_log WHERE action = 'user.password_changed'")
    assert audited == [(staff.user_id, str(staff.user_id), {}, {})]
    assert written(app) == [("password_changed", "operator@example.test")]


def test_a_wrong_current_password_changes_nothing(staff: Caller, client: FlaskClient, app: HoldfastApp) -> None:
    assert_problem(staff.post(PASSWORD, json=CHANGE | {"current_password": "wrong"}), 422, "password_wrong")
    assert signs_in(client, staff, DEMO_PASSWORD)
    assert written(app) == []


@pytest.mark.parametrize("new", [DEMO_PASSWORD, "OPERATOR@example.test", " operator@example.test "])
def test_the_new_password_is_neither_the_old_one_nor_known_to_others(
    staff: Caller, client: FlaskClient, new: str
) -> None:
    problem = assert_problem(staff.post(PASSWORD, json=CHANGE | {"new_password": new}), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/new_password"]
    assert signs_in(client, staff, DEMO_PASSWORD)


def test_guesses_count_like_failed_logins_and_a_refused_new_password_does_not(
    as_role: AsRole, chosen: Settings
) -> None:
    caller = as_role("operator")
    caller.client = create_app(replace(chosen, login_failures_per_account=2)).test_client()
    refused = [caller.post(PASSWORD, json=CHANGE | {"new_password": DEMO_PASSWORD}).status_code for _ in range(3)]
    assert refused == [422] * 3
    for _ in range(2):
        assert_problem(caller.post(PASSWORD, json=CHANGE | {"current_password": "wrong"}), 422, "password_wrong")
    assert_problem(caller.post(PASSWORD, json=CHANGE), 429, "login_locked")
    assert_problem(caller.client.post(LOGIN, json={"username": "operator", "password": "x"}), 429, "login_locked")


def test_of_two_changes_at_once_one_wins(as_role: AsRole, app: HoldfastApp, client: FlaskClient) -> None:
    callers = [as_role("operator") for _ in range(3)]

    def change(number: int) -> int:
        new = f"{NEW}{number}"
        status: int = callers[number].post(PASSWORD, json=CHANGE | {"new_password": new}).status_code
        return status

    answers = at_once(app, 3, change)
    assert Counter(answers)[204] == 1
    assert set(answers) <= {204, 422, 401, 503}
    assert signs_in(client, callers[0], f"{NEW}{answers.index(204)}")
    assert told(app, "SELECT count(*) FROM emails") == [(1,)]
