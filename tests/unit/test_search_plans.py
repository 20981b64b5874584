"""What the console's search asks looks at few rows, however many orders, customers and products there are."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.customers.queries import customers
from app.inventory import queries as inventory
from app.stores import queries as stores
from tests.unit.plans import asked, nodes, patient, planned, read

MOST = 5
FILL = (
    """
    INSERT INTO stores (name, latitude, longitude, timezone)
    SELECT 'Quay ' || n, 0, 0, 'UTC' FROM generate_series(1, 3000) AS n
    """,
    """
    INSERT INTO products (store_id, sku, name, price)
    SELECT (SELECT min(id) FROM stores), 'SKU-' || n, 'Fine tea number ' || n, 1 FROM generate_series(1, 20000) AS n
    """,
    "INSERT INTO product_stock (product_id, total, available, reserved) SELECT id, 0, 0, 0 FROM products",
    """
    INSERT INTO users (username, email, password_hash, role, first_name, last_name)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer', 'First' || n, 'Last' || n
    FROM generate_series(1, 20000) AS n
    """,
    "INSERT INTO customers (id, joined_at) SELECT id, created_at FROM users",
    "ANALYZE users",
    "ANALYZE customers",
    "ANALYZE stores",
    "ANALYZE products",
    # So it is after a vacuum of a table that was emptied: PostgreSQL takes what came since for next to nothing.
    "UPDATE pg_class SET reltuples = 1, relpages = 200 WHERE oid = 'product_stock'::regclass",
)


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many of each, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        for statement in FILL:
            session.execute(text(statement))
        yield session
        session.rollback()


@pytest.mark.parametrize("typed", ["b", "buyer", "buyer777", "mail1999", "last3000", "first", "nobody", "@", "%"])
def test_a_few_customers_are_found_by_few_rows(filled: Any, typed: str) -> None:
    [statement] = asked(filled, lambda: customers.some(typed, most=MOST))
    assert read(planned(filled, *statement), "users") <= 10 * MOST


@pytest.mark.parametrize(
    ("find", "table", "typed", "rows"),
    [
        (inventory.called, "products", "sku 777", 12),
        (inventory.called, "products", "777 fine", 12),
        (stores.called, "stores", "quay 2999", 1),
        (stores.called, "stores", "nowhere", 0),
    ],
)
def test_a_name_is_found_along_the_index_of_words(
    filled: Any, find: Callable[..., Any], table: str, typed: str, rows: int
) -> None:
    [statement] = asked(filled, lambda: find(typed, most=MOST))
    plan = planned(filled, *statement)
    assert f"ix_{table}_words" in {node.get("Index Name") for node in nodes(plan)}
    assert read(plan, table) <= 3 * rows
