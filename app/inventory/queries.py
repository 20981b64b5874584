"""Every SELECT about products, stock and holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.inventory.errors import ProductNotFound, ReservationNotFound
from app.inventory.models import Product, ProductStock, StockHold, StockMovement
from app.stores.models import Store

PRODUCTS, STOCK, HOLDS = Product.__table__.c, ProductStock.__table__.c, StockHold.__table__.c
MOVEMENTS, STORES = StockMovement.__table__.c, Store.__table__.c
_SORT_NAME = func.lower(PRODUCTS.name)
ORDERINGS = {
    "name": Ordering("products:name", (_SORT_NAME, PRODUCTS.id), ("sort_name", "id")),
    "-name": Ordering("products:-name", (_SORT_NAME, PRODUCTS.id), ("sort_name", "id"), descending=True),
    "oldest": Ordering("products:oldest", (PRODUCTS.created_at, PRODUCTS.id), ("created_at", "id")),
    "newest": Ordering("products:newest", (PRODUCTS.created_at, PRODUCTS.id), ("created_at", "id"), descending=True),
}
NEWEST_HOLD = Ordering("holds:newest", (HOLDS.id,), ("id",), descending=True)
NEWEST_MOVEMENT = Ordering("movements:newest", (MOVEMENTS.id,), ("id",), descending=True)

_COUNTERS = (
    STOCK.total.label("total_stock"),
    STOCK.available.label("available_stock"),
    STOCK.reserved.label("reserved_stock"),
)
_ROWS = select(*PRODUCTS, _SORT_NAME.label("sort_name")).join(Store, STORES.id == PRODUCTS.store_id)
_BY_ID = (
    select(*PRODUCTS, *_COUNTERS, (PRODUCTS.is_active & STORES.is_active).label("is_sold"))
    .join(ProductStock, STOCK.product_id == PRODUCTS.id)
    .join(Store, STORES.id == PRODUCTS.store_id)
    .where(PRODUCTS.id == bindparam("product_id"))
)
_STOCK_OF = select(STOCK.product_id, *_COUNTERS).where(STOCK.product_id.in_(bindparam("ids", expanding=True)))
_LAPSED = (HOLDS.state == "held") & (HOLDS.expires_at <= func.clock_timestamp())
_HOLDS = select(
    *HOLDS, case((_LAPSED, "expired"), else_=HOLDS.state).label("status"), func.clock_timestamp().label("server_time")
)

_SOLD = PRODUCTS.is_active & STORES.is_active
_IS_LOW = _SOLD & (STOCK.available < PRODUCTS.low_stock_threshold)
CROSSINGS_AT_ONCE = 5000


@dataclass(frozen=True)
class ProductFilter:
    """Which products are meant."""

    q: str | None = None
    store_id: int | None = None
    ids: tuple[int, ...] = ()
    low_stock: bool | None = None
    is_active: bool | None = None


def product(product_id: int, *, inactive_too: bool) -> Any:
    """One product with its stock, as a row."""
    row = session().execute(_BY_ID, {"product_id": product_id}).first()
    if row is None or not (row.is_sold or inactive_too):
        raise ProductNotFound(product_id=product_id)
    return row


def page(which: ProductFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of products, without their stock."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(_filtered(_ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def stock_of(ids: Collection[int]) -> dict[int, Any]:
    """What there is of these products now."""
    return {row.product_id: row for row in session().execute(_STOCK_OF, {"ids": list(ids)})} if ids else {}


def hold(hold_id: UUID, *, user_id: int | None) -> Any:
    """One reservation; `user_id` names whose it must be."""
    mine = _HOLDS.where(HOLDS.id == hold_id)
    row = session().execute(mine if user_id is None else mine.where(HOLDS.user_id == user_id)).first()
    if row is None:
        raise ReservationNotFound(reservation_id=hold_id)
    return row


def holds(*, user_id: int | None, product_id: int | None, status: str | None, limit: int, cursor: str | None) -> Page:
    """One page of reservations, the newest first."""
    statement = _HOLDS
    if user_id is not None:
        statement = statement.where(HOLDS.user_id == user_id)
    if product_id is not None:
        statement = statement.where(HOLDS.product_id == product_id)
    if status is not None:
        statement = _with_status(statement, status)
    rows = session().execute(paged(statement, NEWEST_HOLD, limit=limit, cursor=cursor)).all()
    return page_of(rows, NEWEST_HOLD, limit)


def movements(product_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of what moved the stock of a product, the newest first."""
    mine = select(*MOVEMENTS).where(MOVEMENTS.product_id == product_id)
    rows = session().execute(paged(mine, NEWEST_MOVEMENT, limit=limit, cursor=cursor)).all()
    return page_of(rows, NEWEST_MOVEMENT, limit)


def counted_stock(which: ProductFilter) -> Any:
    """SKU and total of every product of a filter, by SKU."""
    statement = _stocked(select(PRODUCTS.id, PRODUCTS.sku, STOCK.total))
    return session().execute(_filtered(statement, which).order_by(func.lower(PRODUCTS.sku)))


def crossings() -> Sequence[Any]:
    """Products that ran low or are well again since it was noted last, locked; one that is being edited comes later."""
    noted = PRODUCTS.low_since.is_not(None)
    changed = _stocked(select(PRODUCTS.id, _IS_LOW.label("is_low"))).where(noted != _IS_LOW)
    mine = changed.order_by(PRODUCTS.id).limit(CROSSINGS_AT_ONCE)
    return session().execute(mine.with_for_update(of=Product, key_share=True, skip_locked=True)).all()


def low_products(ids: Collection[int] | None = None, *, limit: int) -> Sequence[Any]:
    """Products that are low, the scarcest first."""
    shown = (PRODUCTS.id, PRODUCTS.sku, PRODUCTS.name, PRODUCTS.low_stock_threshold, PRODUCTS.low_since)
    statement = _stocked(select(*shown, STOCK.available, STORES.name.label("store_name")))
    mine = _IS_LOW if ids is None else PRODUCTS.id.in_(ids)
    return session().execute(statement.where(mine).order_by(STOCK.available, PRODUCTS.id).limit(limit)).all()


def low_count() -> int:
    """How many products are low, counted to 10,000 at most."""
    return session().scalar(counted(_stocked(select(PRODUCTS.id)).where(_IS_LOW))) or 0


def business_day(zone: str) -> str:
    """Today in the business zone."""
    today = func.to_char(func.timezone(zone, func.clock_timestamp()), "YYYY-MM-DD")
    return str(session().scalar(select(today)))


def _stocked(statement: Select[Any]) -> Select[Any]:
    """With the counters and the store of each product."""
    joined = statement.select_from(Product).join(ProductStock, STOCK.product_id == PRODUCTS.id)
    return joined.join(Store, STORES.id == PRODUCTS.store_id)


def _with_status(statement: Select[Any], status: str) -> Select[Any]:
    if status == "held":
        return statement.where(HOLDS.state == "held", HOLDS.expires_at > func.clock_timestamp())
    if status == "expired":
        return statement.where((HOLDS.state == "expired") | _LAPSED)
    return statement.where(HOLDS.state == status)


def _filtered(statement: Select[Any], which: ProductFilter) -> Select[Any]:
    if which.is_active is not None:
        statement = statement.where(_SOLD.is_(which.is_active))
    if which.store_id is not None:
        statement = statement.where(PRODUCTS.store_id == which.store_id)
    if which.ids:
        statement = statement.where(PRODUCTS.id.in_(which.ids))
    if which.q:
        part = which.q
        found = PRODUCTS.name.icontains(part, autoescape=True) | PRODUCTS.sku.icontains(part, autoescape=True)
        statement = statement.where(found)
    if which.low_stock is not None:
        low = select(STOCK.product_id).where(STOCK.available < PRODUCTS.low_stock_threshold)
        statement = statement.where(low.where(STOCK.product_id == PRODUCTS.id).exists() == which.low_stock)
    return statement
