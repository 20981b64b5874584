"""Products are made, changed and removed; each change is audited and moves the cached lists on.

What there is of a product is another row with verbs of its own (service.stock, service.holds), so that a sale and a
change of the name never wait for each other.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, select, update

from app.audit import service as audit
from app.core import cache, db, versions
from app.core.bulk import Outcome
from app.core.events import publish
from app.core.references import refuse_if_used
from app.inventory.errors import ProductNotFound
from app.inventory.events import ProductChanged
from app.inventory.models import Product, ProductStock, StockMovement
from app.inventory.service import stock
from app.stores import queries as stores

CACHE = "products"
FACTS = ("store_id", "sku", "name", "description", "price", "low_stock_threshold", "is_active")


def create_product(*, store_id: int, total_stock: int = 0, **facts: Any) -> Product:
    """Put a product on the shelf of a store."""
    stores.store(store_id, inactive_too=True)
    product = Product(store_id=store_id, **facts)
    db.session().add(product)
    db.flush()
    db.session().add(ProductStock(product_id=product.id, total=0, available=0, reserved=0))
    db.flush()
    new = {name: getattr(product, name) for name in FACTS}
    audit.record("product.created", object_type="product", object_id=product.id, new=new)
    if total_stock:
        stock.move(product_id=product.id, delta=total_stock, kind="created", reason="first stock")
    db.session().refresh(product)
    cache.changed(CACHE)
    return product


def update_product(*, product_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> Product:
    """Change what differs; nothing differs: nothing happens."""
    product = _locked(product_id, expected)
    if "store_id" in changes:
        stores.store(changes["store_id"], inactive_too=True)
    old, new = versions.apply(product, changes)
    if not new:
        return product
    product.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    db.session().refresh(product)
    audit.record("product.updated", object_type="product", object_id=product.id, old=old, new=new)
    publish(ProductChanged(product.id, new.keys()))
    cache.changed(CACHE)
    return product


def switch_products(*, ids: Collection[int], is_active: bool) -> Outcome:
    """Put products on sale, or take them off; those that are so already are left as they are."""
    mine = select(Product.id).where(Product.id.in_(ids)).order_by(Product.id).with_for_update(key_share=True)
    change = update(Product).where(Product.id.in_(mine), Product.is_active.is_(not is_active))
    values = {"is_active": is_active, "version": Product.version + 1, "updated_at": func.clock_timestamp()}
    switched = db.session().scalars(change.values(values).returning(Product.id)).all()
    for product_id in switched:
        old, new = {"is_active": not is_active}, {"is_active": is_active}
        audit.record("product.updated", object_type="product", object_id=product_id, old=old, new=new)
        publish(ProductChanged(product_id, new.keys()))
    if switched:
        db.flush()
        cache.changed(CACHE)
    already = f"{'active' if is_active else 'inactive'} already"
    return Outcome(len(switched), {already: len(ids) - len(switched)})


def delete_product(*, product_id: int, expected: Collection[int] | None = None) -> None:
    """Remove a product that nobody ever held or bought, with what moved its stock."""
    product = _locked(product_id, expected)
    refuse_if_used(Product, product.id)
    old = {name: getattr(product, name) for name in FACTS}
    db.session().get(ProductStock, product_id, with_for_update=True)  # no movement may come after the next line
    db.session().execute(delete(StockMovement).where(StockMovement.product_id == product_id))
    db.session().delete(product)
    db.flush()
    audit.record("product.deleted", object_type="product", object_id=product_id, old=old)
    cache.changed(CACHE)


def lists_changed() -> None:
    """What customers see of products has changed for a reason outside of them."""
    cache.changed(CACHE)


def _locked(product_id: int, expected: Collection[int] | None) -> Product:
    product = db.session().get(Product, product_id, with_for_update=True)
    if product is None:
        raise ProductNotFound(product_id=product_id)
    versions.refuse_stale(product, expected)
    return product
