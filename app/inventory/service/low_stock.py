"""Who answers for the stock is told once when a product runs low, and once a business day of all that are.

`products.low_since` is set at the crossing and cleared when there is enough again. It changes in the transaction that
writes the mails, so a crossing is told or not yet seen, never twice.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, update

from app.core import db
from app.core.settings import Settings
from app.identity import queries as identity
from app.inventory import queries
from app.inventory.models import Product
from app.mail import service as mail

LISTED = 100


def watch(settings: Settings) -> int:
    """Note which products ran low or are well again, and tell of the former; the answer is how many ran low."""
    crossings = queries.crossings()
    low = [row.id for row in crossings if row.is_low]
    _set_since(low, func.clock_timestamp())
    _set_since([row.id for row in crossings if not row.is_low], None)
    if low:
        rows = queries.low_products(low, limit=LISTED)
        first = min(rows, key=lambda row: row.id)
        _write(settings, f"low-stock:{first.id}:{first.low_since.timestamp()}", rows, len(low), daily=False)
    return len(low)


def send_digest(settings: Settings) -> int:
    """Tell of every product that is low; once a business day, however often it is asked."""
    rows = queries.low_products(limit=LISTED)
    if not rows:
        return 0
    key = f"low-stock-digest:{queries.business_day(settings.business_zone)}"
    return _write(settings, key, rows, queries.low_count(), daily=True)


def _set_since(ids: list[int], moment: Any) -> None:
    if ids:
        db.session().execute(update(Product).where(Product.id.in_(ids)).values(low_since=moment))


def _write(settings: Settings, key: str, rows: Sequence[Any], total: int, *, daily: bool) -> int:
    address = f"{settings.base_url}/console/products?low_stock=true&is_active=true"
    facts = {"rows": rows, "total": total, "daily": daily, "address": address}
    readers = {"setting": settings.stock_mails_to} if settings.stock_mails_to else _admins()
    letters = {f"{key}:{who}": recipient for who, recipient in readers.items()}
    return sum(mail.write(key=each, template="low_stock", recipient=to, **facts) for each, to in letters.items())


def _admins() -> dict[str, str]:
    return {str(admin.id): admin.email for admin in identity.active_admins()}
