"""Offers that were bought, by the functions of the database, for the running stack has no partner and no worker."""

from typing import Any
from uuid import uuid4

from tests.browser.records import written
from tests.browser.stack import Stack

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "job"}'
BUY = "SELECT (offers_activate(%s, %s, %s, true, 'EUR', 36600, %s)).status"
END = "SELECT (offers_end(%s, NULL, %s, %s, %s, 'R-17', %s)).status"
SILENT = """
    UPDATE activations SET status = 'PROCESSING', sends = 1, said = 'unknown', reason = 'No answer within 5 s',
        sent_at = clock_timestamp(), begun_at = clock_timestamp(), stuck_at = clock_timestamp() WHERE id = %s
"""


def make_offer(stack: Stack, name: str, **facts: Any) -> Any:
    """An offer at 9.90 for 30 days."""
    return stack.call("POST", "/offers", json={"name": name, "price": "9.90", "duration_days": 30} | facts)


def rich_customer(stack: Stack, amount: str = "50.00") -> int:
    """A customer of the test's own, who has this much."""
    username = f"rich-{uuid4().hex[:12]}"
    made = stack.call("POST", "/customers", json={"username": username, "email": f"{username}@example.test"})
    customer_id = int(made["id"])
    stack.call("POST", f"/customers/{customer_id}/deposits", json={"amount": amount, "note": "cash"})
    return customer_id


def buy(stack: Stack, customer_id: int, offer: Any) -> str:
    """An activation that was just asked for."""
    made = str(uuid4())
    written(stack, BUY, [made, customer_id, offer["id"], WHO])
    return made


def end(stack: Stack, transaction_id: str, status: str, said: str, reason: str = "") -> None:
    """The partner said something definite."""
    written(stack, END, [transaction_id, status, said, reason, WHO])


def silence(stack: Stack, transaction_id: str) -> None:
    """The partner said nothing definite for too long."""
    written(stack, SILENT, [transaction_id])


def balance(stack: Stack, customer_id: int) -> str:
    """What a customer has now."""
    return str(stack.call("GET", "/account", params={"customer_id": customer_id})["balance"])
