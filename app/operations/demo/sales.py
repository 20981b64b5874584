"""Promos of the demo: one that opens tomorrow, and one that is still a draft."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.customers.queries import segments
from app.inventory import queries as inventory
from app.inventory.queries import ProductFilter
from app.promos.service import lifecycle, planning

QUANTITY, LASTS = 20, timedelta(hours=2)


def plan(store_id: int, now: datetime) -> None:
    """Two promos of what this store has most of."""
    goods = inventory.shelf(ProductFilter(store_id=store_id, is_active=True), ordering="ample", limit=2, cursor=None)
    first, second = goods.rows
    opens = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    window: dict[str, Any] = {
        "starts_at": opens,
        "ends_at": opens + LASTS,
        "quantity": QUANTITY,
        "per_customer_limit": 1,
    }
    tomorrow = planning.draft_promo(
        product_id=first.id,
        promo_price=_half(first.price),
        audience="all",
        max_distance_km=5.0,
        **window,
    )
    lifecycle.activate(promo_id=tomorrow.id)
    regulars = [segment.id for segment in segments.everything() if segment.name == "Regulars"]
    named: dict[str, Any] = {
        "audience": "segments",
        "segment_ids": regulars,
        "max_distance_km": None,
    }
    planning.draft_promo(product_id=second.id, promo_price=_half(second.price), **named, **window)


def _half(price: Decimal) -> Decimal:
    return (price / 2).quantize(Decimal("0.01"))
