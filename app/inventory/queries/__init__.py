"""Every SELECT about products, stock and holds."""

from app.inventory.queries.holds import (
    HOLD_ORDERINGS,
    HoldFilter,
    all_holds,
    hold,
    hold_count,
    hold_page,
    hold_states,
    holds,
    live_holds,
)
from app.inventory.queries.products import (
    ORDERINGS,
    SHELF_ORDERINGS,
    ProductFilter,
    count,
    everything,
    matching,
    page,
    product,
    shelf,
    stock_of,
)
from app.inventory.queries.stock import business_day, counted_stock, crossings, low_count, low_products, movements

__all__ = [
    "HOLD_ORDERINGS",
    "ORDERINGS",
    "SHELF_ORDERINGS",
    "HoldFilter",
    "ProductFilter",
    "all_holds",
    "business_day",
    "count",
    "counted_stock",
    "crossings",
    "everything",
    "hold",
    "hold_count",
    "hold_page",
    "hold_states",
    "holds",
    "live_holds",
    "low_count",
    "low_products",
    "matching",
    "movements",
    "page",
    "product",
    "shelf",
    "stock_of",
]
