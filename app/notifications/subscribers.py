"""Notifications' reactions."""

from app.core.events import subscribe
from app.customers.events import CustomerAnonymised
from app.notifications.service import inbox


@subscribe(CustomerAnonymised)
def customer_anonymised(event: CustomerAnonymised) -> None:
    """Nobody reads any more what a deleted customer was told."""
    inbox.forget_customer(customer_id=event.customer_id)
