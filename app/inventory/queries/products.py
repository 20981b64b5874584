"""Products: their facts, which may be kept, and what there is of them now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, func, select

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, counted, page_of, paged
from app.core.words import begin_so, words_of
from app.inventory.errors import ProductNotFound
from app.inventory.models import Product, ProductStock
from app.stores.models import Store

PRODUCTS, STOCK, STORES = Product.__table__.c, ProductStock.__table__.c, Store.__table__.c
SOLD = PRODUCTS.is_active & STORES.is_active
IS_LOW = STOCK.available < PRODUCTS.low_stock_threshold
_SORT_NAME = func.lower(PRODUCTS.name)
ORDERINGS = {
    "name": Ordering("products:name", (_SORT_NAME, PRODUCTS.id), ("sort_name", "id")),
    "-name": Ordering("products:-name", (_SORT_NAME, PRODUCTS.id), ("sort_name", "id"), descending=True),
    "oldest": Ordering("products:oldest", (PRODUCTS.created_at, PRODUCTS.id), ("created_at", "id")),
    "newest": Ordering("products:newest", (PRODUCTS.created_at, PRODUCTS.id), ("created_at", "id"), descending=True),
}
_BY_STOCK = (STOCK.available, PRODUCTS.id), ("available_stock", "id")
# Only where the counters are read anyway: no index knows them.
SHELF_ORDERINGS = ORDERINGS | {
    "scarcest": Ordering("products:scarcest", *_BY_STOCK),
    "ample": Ordering("products:ample", *_BY_STOCK, descending=True),
}

COUNTERS = (
    STOCK.total.label("total_stock"),
    STOCK.available.label("available_stock"),
    STOCK.reserved.label("reserved_stock"),
)
_ROWS = select(*PRODUCTS, _SORT_NAME.label("sort_name")).join(Store, STORES.id == PRODUCTS.store_id)


def stocked(statement: Select[Any]) -> Select[Any]:
    """With the counters and the store of each product."""
    joined = statement.select_from(Product).join(ProductStock, STOCK.product_id == PRODUCTS.id)
    return joined.join(Store, STORES.id == PRODUCTS.store_id)


_SHELF = stocked(
    select(
        *PRODUCTS,
        *COUNTERS,
        _SORT_NAME.label("sort_name"),
        STORES.name.label("store_name"),
        SOLD.label("is_sold"),
        IS_LOW.label("is_low"),
    )
)
_BY_ID = _SHELF.where(PRODUCTS.id == bindparam("product_id"))
_STOCK_OF = select(STOCK.product_id, *COUNTERS).where(STOCK.product_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True)
class ProductFilter:
    """Which products are meant."""

    q: str | None = None
    store_id: int | None = None
    ids: tuple[int, ...] = ()
    low_stock: bool | None = None
    is_active: bool | None = None


def product(product_id: int, *, inactive_too: bool) -> Any:
    """One product with its stock and its store, as a row."""
    row = session().execute(_BY_ID, {"product_id": product_id}).first()
    if row is None or not (row.is_sold or inactive_too):
        raise ProductNotFound(product_id=product_id)
    return row


def page(which: ProductFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of products, without their stock."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(filtered(_ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def shelf(which: ProductFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of products with what there is of them now."""
    order = SHELF_ORDERINGS[ordering]
    rows = session().execute(paged(filtered(_SHELF, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def called(text: str, *, most: int) -> Sequence[Any]:
    """Some products of whose name or SKU a word begins with each that was typed, by name."""
    found = _SHELF.where(PRODUCTS.id == named(text))
    return session().execute(found.order_by(_SORT_NAME, PRODUCTS.id).limit(most)).all()


def named(text: str) -> ColumnElement[Any]:
    """Any id of the first products that are called so: they are looked up once, and not again for each row."""
    found = select(PRODUCTS.id).where(begin_so(words_of("products.name", "products.sku"), text)).limit(COUNTED_TO)
    return any_(func.array(found.scalar_subquery(), type_=ARRAY(BigInteger)))


def everything(which: ProductFilter, *, ordering: str) -> Any:
    """All products of a filter, for an export."""
    order = SHELF_ORDERINGS[ordering]
    direction = [column.desc() if order.descending else column.asc() for column in order.columns]
    return session().execute(filtered(_SHELF, which).order_by(*direction))


def count(which: ProductFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(filtered(stocked(select(PRODUCTS.id)), which))) or 0


def matching(which: ProductFilter, ids: Collection[int] | None) -> Sequence[int]:
    """The ids of the products of a filter, or of those among them that are named."""
    statement = filtered(stocked(select(PRODUCTS.id)), which).order_by(PRODUCTS.id)
    return session().scalars(statement if ids is None else statement.where(PRODUCTS.id.in_(ids))).all()


def stock_of(ids: Collection[int]) -> dict[int, Any]:
    """What there is of these products now."""
    return {row.product_id: row for row in session().execute(_STOCK_OF, {"ids": list(ids)})} if ids else {}


def filtered(statement: Select[Any], which: ProductFilter) -> Select[Any]:
    """The statement, which knows the stores of its products, with only those that are meant."""
    if which.is_active is not None:
        statement = statement.where(SOLD.is_(which.is_active))
    if which.store_id is not None:
        statement = statement.where(PRODUCTS.store_id == which.store_id)
    if which.ids:
        statement = statement.where(PRODUCTS.id.in_(which.ids))
    if which.q:
        part = which.q
        found = PRODUCTS.name.icontains(part, autoescape=True) | PRODUCTS.sku.icontains(part, autoescape=True)
        statement = statement.where(found)
    if which.low_stock is not None:
        low = select(STOCK.product_id).where(IS_LOW, STOCK.product_id == PRODUCTS.id).correlate(Product)
        statement = statement.where(low.exists().is_(which.low_stock))
    return statement
