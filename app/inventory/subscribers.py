"""Inventory's reactions."""

from app.core.events import subscribe
from app.inventory.service import products
from app.stores.events import StoreSwitched


@subscribe(StoreSwitched)
def store_switched(_event: StoreSwitched) -> None:
    """Products of a hidden store are hidden with it."""
    products.lists_changed()
