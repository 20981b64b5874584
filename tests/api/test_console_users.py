"""Users in the console: the same rules as over the API, told at the fields of a form."""

from typing import Any

import pytest

from app.core.roles import Role
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.callers import Caller

USERS = "/console/settings/users"
ANNA = {"username": "Anna", "email": "anna@shop.example", "role": "operator", "password": "a long enough secret"}


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    return as_role(Role.ADMIN, "root")


def sent(admin: Caller, path: str, **form: str) -> Any:
    return admin.client.post(f"{USERS}{path}", data=form | {"csrf_token": csrf_token(admin.client, f"{USERS}/new")})


def facts(sql: Any, name: str) -> Any:
    sql.execute("SELECT email, role, is_active, first_name, version FROM users WHERE username = %s", [name])
    return sql.fetchone()


def test_a_user_is_made_and_changed_by_forms(admin: Caller, sql: Any) -> None:
    answer = sent(admin, "", **ANNA)
    assert answer.status_code == 303
    assert facts(sql, "Anna") == ("anna@shop.example", "operator", True, "", 1)
    path = answer.headers["Location"].removeprefix(USERS)
    form = {"email": "a@shop.example", "role": "viewer", "first_name": "Anna", "version": "1"}
    assert sent(admin, path, **form).status_code == 303
    assert facts(sql, "Anna") == ("a@shop.example", "viewer", True, "Anna", 2)
    assert sent(admin, path, **form | {"first_name": "", "version": "2"}).status_code == 303
    assert facts(sql, "Anna") == ("a@shop.example", "viewer", True, "", 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ROOT"}, "username"),
        ({"email": "Root@example.test"}, "email"),
        ({"role": ""}, "role"),
        ({"password": "anna@shop.example"}, "password"),
    ],
)
def test_what_is_refused_is_told_at_its_field_and_nothing_is_made(
    admin: Caller, sql: Any, change: dict[str, str], field: str
) -> None:
    answer = sent(admin, "", **ANNA | change)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert ANNA["password"] not in answer.text
    assert facts(sql, "Anna") is None


def test_the_last_admin_is_told_at_the_role(admin: Caller, sql: Any) -> None:
    form = {"email": "root@example.test", "role": "viewer", "version": "1"}
    answer = sent(admin, f"/{admin.user_id}", **form)
    assert (answer.status_code, 'id="role-error"' in answer.text) == (422, True)
    assert facts(sql, "root")[1:3] == ("admin", True)


def test_a_stale_form_shows_both_values_and_changes_nothing(admin: Caller, as_role: AsRole, sql: Any) -> None:
    ben = as_role("operator", "ben")
    admin.patch(f"/api/v1/users/{ben.user_id}", json={"first_name": "Theirs"})
    form = {"email": "ben@example.test", "role": "operator", "first_name": "Mine", "version": "1"}
    answer = sent(admin, f"/{ben.user_id}", **form)
    assert (answer.status_code, "Mine" in answer.text, "Theirs" in answer.text) == (409, True, True)
    assert facts(sql, "ben")[3:] == ("Theirs", 2)
    assert sent(admin, f"/{ben.user_id}", **form | {"version": "2"}).status_code == 303
    assert facts(sql, "ben")[3] == "Mine"


@pytest.mark.parametrize("act", ["deactivate", "sign-out"])
def test_whoever_is_kept_out_or_signed_out_is_so_at_once(admin: Caller, as_role: AsRole, act: str) -> None:
    ben = as_role("operator", "ben")
    assert "ends 2 sessions" in admin.client.get(f"{USERS}/{ben.user_id}").text
    assert sent(admin, f"/{ben.user_id}/{act}").status_code == 303
    assert ben.client.get("/console/").status_code == 303
    assert ben.post("/api/v1/stores", json={}).status_code == 401
    assert "Nowhere" in admin.client.get(f"{USERS}/{ben.user_id}").text


def test_whoever_is_locked_out_is_shown_and_let_in(admin: Caller, as_role: AsRole) -> None:
    ben = as_role("operator", "ben")
    login = {"username": "ben", "password": "wrong"}
    while ben.client.post("/api/v1/auth/login", json=login).status_code == 401:
        pass
    assert "Locked" in admin.client.get(f"{USERS}/{ben.user_id}").text
    assert sent(admin, f"/{ben.user_id}/unlock").status_code == 303
    assert "Locked" not in admin.client.get(f"{USERS}/{ben.user_id}").text
    assert ben.client.post("/api/v1/auth/login", json=login).status_code == 401


@pytest.mark.parametrize("path", ["/2000000000", "/2000000000/edit"])
def test_a_user_that_does_not_exist_has_no_page(admin: Caller, path: str) -> None:
    assert admin.client.get(f"{USERS}{path}").status_code == 404
    assert sent(admin, "/2000000000/deactivate").status_code == 404


def test_the_roles_say_who_may_do_what(as_role: AsRole) -> None:
    text = as_role("viewer").client.get("/console/settings/roles").text
    assert [part in text for part in ("PATCH /api/v1/users/{user_id}", "POST /console/stores", "GET /api/v1/jobs")] == [
        True
    ] * 3
    assert "/console/login" not in text
