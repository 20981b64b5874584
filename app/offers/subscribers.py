"""Offers' reactions."""

from app.core.events import subscribe
from app.customers.events import CustomerAnonymised
from app.offers.service import activating


@subscribe(CustomerAnonymised)
def customer_anonymised(event: CustomerAnonymised) -> None:
    """Nobody is deleted whose activation is in progress."""
    activating.refuse_open(user_id=event.customer_id)
