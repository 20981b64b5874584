"""Promos of a test's own product in the running stack."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import make_product


def after(seconds: float) -> str:
    """The moment so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def make_promo(stack: Stack, name: str, **facts: Any) -> Any:
    """A draft of an hour from now on, for all, anywhere; with `is_active` it runs."""
    product_id = facts.pop("product_id", None) or make_product(stack, name, total_stock=20)["id"]
    body = {"product_id": product_id, "promo_price": "2.90", "quantity": 3, "audience": "all", "max_distance_km": None}
    return stack.call("POST", "/flash-promos", json=body | {"starts_at": after(-1), "ends_at": after(3600)} | facts)


def held_by(stack: Stack, promo: Any, username: str) -> Any:
    """A unit that this customer of the demo holds."""
    customer_id = written(stack, "SELECT id FROM users WHERE username = %s", [username])
    return stack.call("POST", "/promo-reservations", json={"promo_id": promo["id"], "customer_id": customer_id})


def status(stack: Stack, promo: Any) -> str:
    """How it stands now."""
    return str(stack.call("GET", f"/flash-promos/{promo['id']}")["status"])
