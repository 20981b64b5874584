"""Inventory's background work."""

from app.inventory.service import holds
from app.jobs.registry import job


@job("inventory.expire_holds", every=1)
def expire_holds() -> int:
    """Free what lapsed holds still hold."""
    return holds.expire_due()
