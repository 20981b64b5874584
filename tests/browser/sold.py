"""Sales of a test's own promo in the running stack, also in the past: rows as the shop's functions leave them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.browser.planned import make_promo
from tests.browser.records import written
from tests.browser.stack import Stack

ORDER = """
    INSERT INTO orders (id, reference, user_id, status, payment_status, total, refunded, currency, source, source_id,
        created_at, pay_by, paid_at, lines)
    VALUES (%s, %s, %s, 'CONFIRMED', 'paid', %s, %s, 'EUR', 'promo', %s, %s, %s, %s, '[]')
"""
HOLD = """
    INSERT INTO promo_holds (id, promo_id, user_id, price, state, created_at, expires_at, ended_at, order_id)
    VALUES (%s, %s, %s, 2.90, %s, %s, %s, %s, %s)
"""
REFUSED = "INSERT INTO promo_refusals (promo_id, minute, code, refusals) VALUES (%s, date_trunc('minute', %s), %s, %s)"
OPEN = "UPDATE promos SET starts_at = %s WHERE id = %s"


def opened(stack: Stack, name: str, since: datetime, **facts: Any) -> Any:
    """A running promo that began at this moment."""
    made = make_promo(stack, name, is_active=True, **facts)
    written(stack, OPEN, [since, made["id"]])
    return made


def customer(stack: Stack, number: int = 1) -> int:
    """A customer of the demo."""
    return int(written(stack, "SELECT id FROM users WHERE username = %s", [f"customer{number}"]))


def sold(stack: Stack, promo: Any, at: datetime, *, total: str = "2.90", refunded: str = "0", user: int = 1) -> None:
    """A unit that was held, ordered and paid at this moment."""
    order, buyer = str(uuid4()), customer(stack, user)
    values = [order, f"ORD-{order[:12].upper()}", buyer, total, refunded, promo["id"], at, at, at]
    written(stack, ORDER, values)
    written(stack, HOLD, [str(uuid4()), promo["id"], buyer, "completed", at, at, at, order])


def lapsed(stack: Stack, promo: Any, at: datetime) -> None:
    """A unit that was held and let go."""
    written(stack, HOLD, [str(uuid4()), promo["id"], customer(stack), "expired", at, at, at, None])


def refused(stack: Stack, promo: Any, at: datetime, times: int, code: str = "sold_out") -> None:
    """So many were refused in that minute."""
    written(stack, REFUSED, [promo["id"], at, code, times])
