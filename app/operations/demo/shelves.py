"""Demo stores, and products on their shelves with the movement that put them there."""

from collections.abc import Iterator, Sequence
from random import Random

from sqlalchemy import text

from app.audit import service as audit
from app.core import cache, db
from app.inventory.service.products import CACHE as PRODUCTS
from app.operations.demo.names import KINDS, SIZES, THINGS
from app.operations.demo.places import places
from app.operations.demo.rows import copied, fresh_ids
from app.stores.service import CACHE as STORES

_STORE_ENTRIES = text("""
    SELECT audit_write('store.created', 'store', id::text, '{}', jsonb_build_object(
        'name', name, 'latitude', latitude, 'longitude', longitude, 'timezone', timezone, 'is_active', is_active
    ), :who) FROM stores WHERE id = ANY (:ids)
""")
_PRODUCT_ENTRIES = text("""
    SELECT audit_write('product.created', 'product', id::text, '{}', jsonb_build_object(
        'store_id', store_id, 'sku', sku, 'name', name, 'description', description, 'price', price::text,
        'low_stock_threshold', low_stock_threshold, 'is_active', is_active
    ), :who) FROM products WHERE id = ANY (:ids)
""")
_MOVEMENTS = text("""
    INSERT INTO stock_movements (product_id, available_delta, reserved_delta, kind, cause, reason, actor_name)
    SELECT product_id, available, 0, 'created', 'demo', 'demo data', 'system' FROM product_stock
    WHERE product_id = ANY (:ids) AND available > 0
""")


def open_stores(numbers: range) -> list[int]:
    """The ids of stores that were just opened."""
    ids = fresh_ids("stores", len(numbers))
    facts = ((at.name, at.latitude, at.longitude, at.timezone) for at in places(numbers))
    rows = ((store_id, *fact) for store_id, fact in zip(ids, facts, strict=True))
    copied("stores", "id, name, latitude, longitude, timezone", rows)
    db.session().execute(_STORE_ENTRIES, {"ids": ids, "who": audit.surroundings()})
    cache.changed(STORES)
    return ids


def fill(numbers: range, stores: Sequence[int], chance: Random) -> None:
    """Put the products with these numbers on the shelves of the stores in turn."""
    ids = fresh_ids("products", len(numbers))
    columns = "id, store_id, sku, name, description, price, is_active"
    copied("products", columns, _products(numbers, ids, stores, chance))
    copied("product_stock", "product_id, total, available, reserved", _stock(ids, chance))
    db.session().execute(_MOVEMENTS, {"ids": ids})
    db.session().execute(_PRODUCT_ENTRIES, {"ids": ids, "who": audit.surroundings()})
    cache.changed(PRODUCTS)


def _products(
    numbers: range, ids: Sequence[int], stores: Sequence[int], chance: Random
) -> Iterator[tuple[object, ...]]:
    for number, product_id in zip(numbers, ids, strict=True):
        thing, code, least, most = THINGS[number % len(THINGS)]
        kind, size = chance.choice(KINDS), chance.choice(SIZES)
        price = f"{chance.randint(least, most)}.{chance.choice(('90', '50', '00', '99'))}"
        name, told = f"{kind} {thing}{size}", f"{kind} {thing}{size}, from the demo shelf."
        is_sold = chance.random() < 0.97
        yield product_id, stores[number % len(stores)], f"{code}-{number + 1:05}", name, told, price, is_sold


def _stock(ids: Sequence[int], chance: Random) -> Iterator[tuple[int, ...]]:
    """One in ten is low or gone."""
    for product_id in ids:
        units = chance.randint(0, 9) if chance.random() < 0.1 else chance.randint(10, 400)
        yield product_id, units, units, 0
