"""What a promo may sell: products with their price, their stock and the place of their store."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, union

from app.core.db import session
from app.inventory.models import Product, ProductStock
from app.stores.models import Store

PRODUCTS, STOCK, STORES = Product.__table__.c, ProductStock.__table__.c, Store.__table__.c
OFFERED = 50
_OFFERS = (
    select(
        PRODUCTS.id,
        PRODUCTS.name,
        PRODUCTS.sku,
        PRODUCTS.price,
        PRODUCTS.is_active,
        STOCK.available,
        STORES.id.label("store_id"),
        STORES.name.label("store_name"),
        STORES.is_active.label("is_open"),
        STORES.timezone,
        STORES.latitude,
        STORES.longitude,
    )
    .select_from(Product)
    .join(ProductStock, STOCK.product_id == PRODUCTS.id)
    .join(Store, STORES.id == PRODUCTS.store_id)
)


def offer(product_id: int) -> Any:
    """A product as a promo would sell it; None when there is none."""
    return session().execute(_OFFERS.where(PRODUCTS.id == product_id)).first()


def offers(text: str, *, also: int | None) -> Sequence[Any]:
    """The first products on sale by name whose name or SKU has this text, and the one that is chosen."""
    by_name = func.lower(PRODUCTS.name), PRODUCTS.id
    found = select(PRODUCTS.id).join(Store, STORES.id == PRODUCTS.store_id).where(PRODUCTS.is_active, STORES.is_active)
    if text:
        named = PRODUCTS.name.icontains(text, autoescape=True) | PRODUCTS.sku.icontains(text, autoescape=True)
        found = found.where(named)
    first = found.order_by(*by_name).limit(OFFERED).subquery()
    chosen: Any = union(select(first.c.id), select(PRODUCTS.id).where(PRODUCTS.id == also))
    return session().execute(_OFFERS.where(PRODUCTS.id.in_(chosen)).order_by(*by_name)).all()
