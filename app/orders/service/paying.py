"""A customer is led to the page on which an order is paid."""

from typing import Any
from uuid import UUID

from app.core import db
from app.core.settings import Settings
from app.orders import queries
from app.orders.errors import OrderNotPayable
from app.payments.service import checkouts


def checkout(*, order_id: UUID, user_id: int | None, settings: Settings) -> Any:
    """The page for an order that still waits for its payment; asked in units of its own."""
    with db.statement():
        order = queries.order(order_id, user_id=user_id)
        if not queries.is_payable(order_id):
            raise OrderNotPayable(order_status=order.status, payment_status=order.payment_status)
    return checkouts.opened(reference=order.reference, settings=settings)
