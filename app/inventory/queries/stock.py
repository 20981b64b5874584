"""What there is of products, what moved it, and what is low."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.inventory.models import Product, StockMovement
from app.inventory.queries.products import IS_LOW, PRODUCTS, SOLD, STOCK, STORES, ProductFilter, filtered, stocked

MOVEMENTS = StockMovement.__table__.c
CROSSINGS_AT_ONCE = 5000
_NEWEST = Ordering("movements:newest", (MOVEMENTS.id,), ("id",), descending=True)
_RUNS_OUT = SOLD & IS_LOW


def movements(product_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of what moved the stock of a product, the newest first."""
    mine = select(*MOVEMENTS).where(MOVEMENTS.product_id == product_id)
    rows = session().execute(paged(mine, _NEWEST, limit=limit, cursor=cursor)).all()
    return page_of(rows, _NEWEST, limit)


def counted_stock(which: ProductFilter) -> Any:
    """SKU and total of every product of a filter, by SKU."""
    statement = stocked(select(PRODUCTS.id, PRODUCTS.sku, STOCK.total))
    return session().execute(filtered(statement, which).order_by(func.lower(PRODUCTS.sku)))


def crossings() -> Sequence[Any]:
    """Products that ran low or are well again since it was noted last, locked; one that is being edited comes later."""
    noted = PRODUCTS.low_since.is_not(None)
    changed = stocked(select(PRODUCTS.id, _RUNS_OUT.label("is_low"))).where(noted != _RUNS_OUT)
    mine = changed.order_by(PRODUCTS.id).limit(CROSSINGS_AT_ONCE)
    return session().execute(mine.with_for_update(of=Product, key_share=True, skip_locked=True)).all()


def low_products(ids: Collection[int] | None = None, *, limit: int) -> Sequence[Any]:
    """Products that are low, the scarcest first."""
    shown = (PRODUCTS.id, PRODUCTS.sku, PRODUCTS.name, PRODUCTS.low_stock_threshold, PRODUCTS.low_since)
    statement = stocked(select(*shown, STOCK.available, STORES.name.label("store_name")))
    mine = _RUNS_OUT if ids is None else PRODUCTS.id.in_(ids)
    return session().execute(statement.where(mine).order_by(STOCK.available, PRODUCTS.id).limit(limit)).all()


def low_count() -> int:
    """How many products are low, counted to 10,000 at most."""
    return session().scalar(counted(stocked(select(PRODUCTS.id)).where(_RUNS_OUT))) or 0


def business_day(zone: str) -> str:
    """Today in the business zone."""
    today = func.to_char(func.timezone(zone, func.clock_timestamp()), "YYYY-MM-DD")
    return str(session().scalar(select(today)))
