"""Customers who have money with us."""

from typing import Any

from app.core import invariants
from app.core.web import HoldfastApp
from tests.callers import Caller

ACCOUNT, ENTRIES, TRANSACTIONS = "/api/v1/account", "/api/v1/account/entries", "/api/v1/account/transactions"
BOOKS = ("ledger.", "offers.")


def deposit(staff: Caller, customer_id: int, amount: Any = "50.00", note: str = "cash", **options: Any) -> Any:
    """The answer to a deposit."""
    where = f"/api/v1/customers/{customer_id}/deposits"
    return staff.post(where, json={"amount": amount, "note": note}, **options)


def payout(staff: Caller, customer_id: int, amount: Any, **options: Any) -> Any:
    """The answer to a payout."""
    where = f"/api/v1/customers/{customer_id}/payouts"
    return staff.post(where, json={"amount": amount, "note": "in cash"}, **options)


def rich(staff: Caller, customer: Caller, amount: str = "50.00") -> Caller:
    """The customer, who has this much more."""
    answer = deposit(staff, customer.user_id, amount)
    assert answer.status_code == 201, answer.text
    return customer


def balance(caller: Caller) -> str:
    """What the caller has."""
    shown: str = caller.get(ACCOUNT).json["balance"]
    return shown


def wrong_books(app: HoldfastApp, books: tuple[str, ...] = BOOKS) -> list[Any]:
    """What breaks an invariant of the ledger or of activations."""
    with app.app_context():
        found = [finding for prefix in books for finding in invariants.check(prefix)]
    return [(each.invariant.name, each.rows) for each in found if each.rows]
