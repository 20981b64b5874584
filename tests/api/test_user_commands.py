"""`flask users`: the same rules as over the API, told in a sentence with an exit code."""

import json
from typing import Any

import pytest
from click.testing import Result

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole

SECRET = "a long enough secret"
Call = tuple[tuple[str, ...], str]
CREATE = ("create", "Anna", "--email", "anna@shop.example", "--role", "operator")


@pytest.fixture
def flask(app: HoldfastApp, clean: None) -> Any:
    runner = app.test_cli_runner()

    def run(*arguments: str, typed: str = "") -> Result:
        return runner.invoke(args=["users", *arguments], input=typed)

    return run


def logs_in(app: HoldfastApp, password: str) -> bool:
    body = {"username": "anna", "password": password}
    return app.test_client().post("/api/v1/auth/login", json=body).status_code == 200


def test_a_user_is_made_with_a_typed_password_that_is_not_shown(flask: Any, app: HoldfastApp, sql: Any) -> None:
    done = flask(*CREATE, typed=f"{SECRET}\n{SECRET}\n")
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output
    assert logs_in(app, SECRET)
    sql.execute("SELECT actor_name, source FROM audit_log WHERE action = 'user.created'")
    assert sql.fetchall() == [("system", "cli")]


def test_a_password_from_standard_input_is_one_line_as_it_is(flask: Any, app: HoldfastApp) -> None:
    assert flask(*CREATE, "--password-stdin", typed=f" {SECRET} \r\nmore").exit_code == 0
    assert logs_in(app, f" {SECRET} ")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ((("create", "an@na", "--email", "nobody", "--role", "admin", "--password-stdin"), "short"), "username"),
        ((("create", "an@na", "--email", "nobody", "--role", "admin", "--password-stdin"), "short"), "email"),
        ((("create", "an@na", "--email", "nobody", "--role", "admin", "--password-stdin"), "short"), "password"),
        ((("create", "root", "--email", "x@shop.example", "--role", "viewer", "--password-stdin"), SECRET), "taken"),
        ((("create", "x", "--email", "root@example.test", "--role", "viewer", "--password-stdin"), SECRET), "taken"),
        ((("set-password", "root", "--password-stdin"), "root@example.test"), "password"),
        ((("set-role", "nobody", "viewer"), ""), "There is no user nobody."),
        ((("set-role", "root", "viewer"), ""), "last active admin"),
        ((("deactivate", "root"), ""), "last active admin"),
        ((("unlock", "nobody"), ""), "There is no user nobody."),
        ((("sign-out", "nobody"), ""), "There is no user nobody."),
    ],
)
def test_a_refusal_is_a_sentence_and_exit_1(flask: Any, as_role: AsRole, sql: Any, call: Call, told: str) -> None:
    as_role("admin", "root")
    done = flask(*call[0], typed=call[1])
    assert (done.exit_code, told in done.output, "Traceback" in done.output) == (1, True, False), done.output
    sql.execute("SELECT username, role, is_active, version FROM users")
    assert sql.fetchall() == [("root", "admin", True, 1)]


def test_a_role_that_does_not_exist_is_a_wrong_call(flask: Any, as_role: AsRole) -> None:
    as_role("admin", "root")
    done = flask("set-role", "root", "king")
    assert (done.exit_code, "'admin', 'operator', 'viewer', 'customer'" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("call", "fact"),
    [
        ((("set-role", "BEN", "viewer"), ""), ("viewer", True)),
        ((("deactivate", "ben"), ""), ("operator", False)),
        ((("set-password", "ben@example.test", "--password-stdin"), SECRET), ("operator", True)),
        ((("sign-out", "ben"), ""), ("operator", True)),
    ],
)
def test_what_takes_something_away_ends_the_sessions(
    flask: Any, as_role: AsRole, sql: Any, call: Call, fact: tuple[str, bool]
) -> None:
    ben = as_role("operator", "ben")
    done = flask(*call[0], typed=call[1])
    assert done.exit_code == 0, done.output
    sql.execute("SELECT role, is_active FROM users WHERE id = %s", [ben.user_id])
    assert sql.fetchone() == fact
    assert ben.post("/api/v1/stores", json={}).status_code == 401


def test_whoever_is_deactivated_can_be_activated(flask: Any, as_role: AsRole, app: HoldfastApp) -> None:
    flask(*CREATE, "--password-stdin", typed=SECRET)
    flask("deactivate", "anna")
    assert not logs_in(app, SECRET)
    assert flask("activate", "anna").exit_code == 0
    assert logs_in(app, SECRET)


def test_whoever_is_locked_out_is_let_in(flask: Any, app: HoldfastApp) -> None:
    flask(*CREATE, "--password-stdin", typed=SECRET)
    while app.test_client().post("/api/v1/auth/login", json={"username": "anna", "password": "x"}).status_code == 401:
        pass
    assert not logs_in(app, SECRET)
    assert flask("unlock", "anna").exit_code == 0
    assert logs_in(app, SECRET)


def test_the_list_shows_whom_it_is_asked_for_and_says_when_it_is_cut(flask: Any, as_role: AsRole) -> None:
    for name, role in (("root", "admin"), ("ben", "viewer"), ("bea", "viewer")):
        as_role(role, name)
    assert [line.split("\t")[1:] for line in flask("list", "--role", "viewer").stdout.splitlines()] == [
        ["bea", "viewer", "active", "bea@example.test"],
        ["ben", "viewer", "active", "ben@example.test"],
    ]
    cut = flask("list", "--limit", "1")
    assert (len(cut.stdout.splitlines()), cut.stderr) == (1, "There are more than 1.\n")


def test_programs_are_told_what_was_done_as_the_api_tells_it(flask: Any, as_role: AsRole) -> None:
    root = as_role("admin", "root")
    made = json.loads(flask(*CREATE, "--json", "--password-stdin", typed=SECRET).stdout)
    roles = [made["role"]]
    for call in (
        ("set-role", "anna", "viewer"),
        ("set-password", "anna", "--password-stdin"),
        ("deactivate", "anna"),
        ("activate", "anna"),
        ("unlock", "anna"),
    ):
        told = json.loads(flask(*call, "--json", typed=SECRET[::-1]).stdout)
        assert told == root.get(f"/api/v1/users/{made['id']}").json
        roles.append(told["role"])
    assert roles == ["operator", *["viewer"] * 5]
    assert json.loads(flask("sign-out", "root", "--json").stdout) == {"ended": 2}


def test_a_question_stands_beside_the_answer_of_a_program(flask: Any) -> None:
    done = flask(*CREATE, "--json", typed=f"{SECRET}\n{SECRET}\n")
    assert json.loads(done.stdout)["username"] == "Anna"
    assert done.stderr.startswith("Password: ")
