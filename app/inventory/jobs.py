"""Inventory's background work."""

from flask import current_app

from app.core.web import settings_of
from app.inventory.service import holds, low_stock, retention
from app.jobs.registry import HEAVY, job


@job("inventory.expire_holds", every=1)
def expire_holds() -> int:
    """Free what lapsed holds still hold."""
    return holds.expire_due()


@job("inventory.watch_low_stock", every=60)
def watch_low_stock() -> int:
    """Tell which products ran low."""
    return low_stock.watch(settings_of(current_app))


@job("inventory.send_low_stock_digest", cron="0 9 * * *")
def send_low_stock_digest() -> int:
    """Tell, once a business day, which products are low."""
    return low_stock.send_digest(settings_of(current_app))


@job("inventory.forget_holds", cron="10 3 * * *", queue=HEAVY)
def forget_holds() -> int:
    """Forget reservations that ended long ago."""
    return retention.forget_holds(days=settings_of(current_app).hold_retention_days)


@job("inventory.fold_movements", cron="20 3 * * *", queue=HEAVY)
def fold_movements() -> int:
    """Sum up old stock movements."""
    return retention.fold_movements(days=settings_of(current_app).movement_retention_days)


@job("inventory.forget_row_keys", cron="30 3 * * *", queue=HEAVY)
def forget_row_keys() -> int:
    """Forget which rows of stock files were applied long ago."""
    return retention.forget_row_keys(days=settings_of(current_app).movement_retention_days)
