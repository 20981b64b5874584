"""What a person asks of products and reservations, and what an export says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.core import clock, filters
from app.core.filters import FLAGS
from app.inventory import queries
from app.inventory.queries import HoldFilter, ProductFilter

STATUSES = ("held", "completed", "expired", "released")
_FACTS = ("id", "store_id", "store_name", "sku", "name", "price", "low_stock_threshold")
_COUNTERS = ("total_stock", "available_stock", "reserved_stock", "is_active")
PRODUCT_HEADER = (*_FACTS, *_COUNTERS, "created_at", "updated_at")
HOLD_HEADER = ("id", "status", "sku", "product_name", "quantity", "username", "created_at", "expires_at", "ended_at")


def products_asked(args: Mapping[str, str]) -> tuple[ProductFilter, dict[str, str]]:
    """The filter in an address, and what its form shows again."""
    known: dict[str, Any] = {"orderings": queries.SHELF_ORDERINGS, "low_stock": FLAGS, "is_active": FLAGS}
    asked = filters.asked(args, ordering="name", texts=("q", "store_id"), **known)
    at = filters.number(asked["store_id"])
    asked["store_id"] = "" if at is None else str(at)
    which = ProductFilter(
        q=asked["q"].strip() or None,
        store_id=at,
        low_stock=FLAGS.get(asked["low_stock"]),
        is_active=FLAGS.get(asked["is_active"]),
    )
    return which, asked


def holds_asked(args: Mapping[str, str]) -> tuple[HoldFilter, dict[str, str]]:
    """The filter in an address, and what its form shows again."""
    known: dict[str, Any] = {"orderings": queries.HOLD_ORDERINGS, "status": STATUSES}
    asked = filters.asked(args, ordering="newest", texts=("sku", "customer"), **known)
    return HoldFilter(asked["sku"].strip(), asked["customer"].strip(), asked["status"]), asked


def given(asked: Mapping[str, str]) -> dict[str, Any]:
    """Only the filters that are set, for an address."""
    return {name: text for name, text in asked.items() if text}


def product_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export of products."""
    for row in rows:
        moments = (clock.rfc3339(row.created_at), clock.rfc3339(row.updated_at))
        yield [*(getattr(row, name) for name in (*_FACTS, *_COUNTERS)), *moments]


def hold_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export of reservations."""
    for row in rows:
        moments = (clock.rfc3339(at) if at else "" for at in (row.created_at, row.expires_at, row.ended_at))
        yield [str(row.id), row.status, row.sku, row.product_name, row.quantity, row.username, *moments]
