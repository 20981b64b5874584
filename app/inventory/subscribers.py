"""Inventory's reactions."""

from app.core.events import subscribe
from app.customers.events import CustomerAnonymised
from app.inventory.service import holds, products
from app.stores.events import StoreSwitched


@subscribe(StoreSwitched)
def store_switched(_event: StoreSwitched) -> None:
    """Products of a hidden store are hidden with it."""
    products.lists_changed()


@subscribe(CustomerAnonymised)
def customer_anonymised(event: CustomerAnonymised) -> None:
    """What a deleted customer holds is free for others."""
    holds.release_all(user_id=event.customer_id)
