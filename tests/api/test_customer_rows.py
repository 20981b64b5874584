"""A customer's row is there for every user who is one, and says what the user's row says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.invariants import INVARIANTS
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.letters import told
from tests.api.made_customers import BERLIN, CUSTOMERS, customer
from tests.callers import Caller

REGISTER, USERS = "/api/v1/auth/register", "/api/v1/users"
BEA = {"username": "bea", "email": "bea@shop.example", "password": "a long enough one"}


def row(app: HoldfastApp, user_id: int) -> Any:
    """Whether the customer is active, and joined when the user was made; None where there is no row."""
    found = told(
        app,
        "SELECT c.is_active, c.joined_at = u.created_at FROM customers c JOIN users u USING (id) WHERE id = %s",
        user_id,
    )
    return found[0] if found else None


def test_who_registers_has_a_row(client: FlaskClient, app: HoldfastApp) -> None:
    assert row(app, client.post(REGISTER, json=BEA).get_json()["id"]) == (True, True)


@pytest.mark.parametrize(("role", "expected"), [("customer", (True, True)), ("viewer", None)])
def test_who_is_made_by_an_admin_has_a_row_as_a_customer(
    as_role: AsRole, app: HoldfastApp, role: str, expected: Any
) -> None:
    made = as_role("admin").post(USERS, json=BEA | {"role": role}).json
    assert row(app, made["id"]) == expected


def test_the_row_follows_every_change_of_role_and_state(as_role: AsRole, app: HoldfastApp) -> None:
    admin = as_role("admin")
    user_id = admin.post(USERS, json=BEA | {"role": "viewer"}).json["id"]
    steps = [
        ({"role": "customer"}, True),
        ({"is_active": False}, False),
        ({"role": "operator"}, False),
        ({"is_active": True}, False),
        ({"role": "customer"}, True),
    ]
    for change, active in steps:
        assert admin.patch(f"{USERS}/{user_id}", json=change).status_code == 200
        assert row(app, user_id) == (active, True), change


def test_what_a_customer_told_is_there_again_after_a_time_as_staff(staff: Caller, as_role: AsRole) -> None:
    made, admin = customer(staff, **BERLIN), as_role("admin")
    for role in ("viewer", "customer"):
        admin.patch(f"{USERS}/{made['id']}", json={"role": role})
    assert staff.get(f"{CUSTOMERS}/{made['id']}").json == made


@pytest.mark.parametrize(
    ("name", "breach"),
    [
        ("customers.has_row", "DELETE FROM customers"),
        ("customers.agrees_with_user", "UPDATE customers SET is_active = false"),
        ("customers.agrees_with_user", "UPDATE customers SET joined_at = joined_at - interval '1 s'"),
        ("customers.agrees_with_user", "UPDATE users SET is_active = false"),
        ("customers.anonymised", "UPDATE customers SET is_active = false, anonymised_at = clock_timestamp()"),
    ],
)
def test_an_invariant_finds_its_breach(staff: Caller, app: HoldfastApp, sql: Any, name: str, breach: str) -> None:
    customer(staff)
    [breaches] = [each.breaches for each in INVARIANTS if each.name == name]
    assert told(app, breaches) == []
    sql.execute(breach)
    assert len(told(app, breaches)) == 1
