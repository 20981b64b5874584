"""The list of users: filters, orders and pages."""

from typing import Any

import pytest

from app.core.roles import Role
from tests.api.conftest import AsRole
from tests.callers import Caller

USERS = "/api/v1/users"


@pytest.fixture
def admin(as_role: AsRole, sql: Any) -> Caller:
    """An admin among a few others."""
    root = as_role(Role.ADMIN, "Root")
    people = [("anna", "operator", "Anna", "Zorn"), ("Ben", "viewer", "", ""), ("cleo", "customer", "Cleo", "Zorn")]
    for name, role, first, last in people:
        sql.execute(
            "INSERT INTO users (username, email, password_hash, role, first_name, last_name, is_active)"
            " VALUES (%s, %s, '!', %s, %s, %s, %s)",
            [name, f"{name}.mail@shop.example", role, first, last, name != "Ben"],
        )
    return root


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["username"] for row in answer.json["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["cleo", "Ben", "anna", "Root"]),
        ("ordering=oldest", ["Root", "anna", "Ben", "cleo"]),
        ("ordering=username", ["anna", "Ben", "cleo", "Root"]),
        ("role=viewer", ["Ben"]),
        ("is_active=false", ["Ben"]),
        ("is_active=true&role=customer", ["cleo"]),
        ("q=AN", ["anna"]),
        ("q=ben.MAIL@", ["Ben"]),
        ("q=zorn", ["anna"]),
        ("q=nna", []),
        ("q=%25", []),
        ("q=_nna", []),
        ("q=Cl&role=operator", []),
    ],
)
def test_filters_and_orders(admin: Caller, query: str, found: list[str]) -> None:
    assert names(admin.get(f"{USERS}?{query}")) == found


@pytest.mark.parametrize("ordering", ["newest", "oldest", "username"])
def test_pages_follow_one_another_whoever_joins_meanwhile(admin: Caller, as_role: AsRole, ordering: str) -> None:
    whole = names(admin.get(f"{USERS}?ordering={ordering}"))
    seen, cursor = list[str](), ""
    for number in range(len(whole)):
        answer = admin.get(f"{USERS}?ordering={ordering}&limit=1{cursor}").json
        seen += [row["username"] for row in answer["data"]]
        cursor = f"&cursor={answer['next_cursor']}" if answer["next_cursor"] else ""
        if number == 0 and ordering == "newest":
            as_role("viewer", "late")
    assert (seen, cursor) == (whole, "")


def test_only_the_wanted_fields_are_shown(admin: Caller) -> None:
    rows = admin.get(f"{USERS}?fields=id,role&ordering=oldest").json["data"]
    assert rows[0] == {"id": admin.user_id, "role": "admin"}
    assert admin.get(f"{USERS}/{admin.user_id}?fields=email").json == {"email": "Root@example.test"}


def test_no_answer_holds_a_password(admin: Caller) -> None:
    assert "argon2" not in admin.get(USERS).text + admin.get(f"{USERS}/{admin.user_id}").text
