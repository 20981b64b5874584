"""Of ten thousand promos that run, only those near a customer are looked at; of many holds, only a promo's own."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.promos import queries
from tests.unit.plans import asked, nodes, patient, planned, read

PROMOS, NEAR = 10_000, 30
FILL = """
    INSERT INTO stores (name, latitude, longitude, timezone)
    SELECT 'Store ' || i, -80 + 160.0 * (i / 100) / 100, -180 + 360.0 * (i %% 100) / 100, 'UTC'
    FROM generate_series(0, {promos} - 1) AS i;
    INSERT INTO products (store_id, sku, name, price) SELECT id, 'S' || id, 'Tea', 20 FROM stores;
    INSERT INTO promos (product_id, promo_price, starts_at, ends_at, audience, max_distance_km, quantity,
        per_customer_limit, activated_at, south, north, west, east)
    SELECT p.id, 10, clock_timestamp() - interval '1 h', clock_timestamp() + interval '1 h', 'all', 100, 5, 1,
        clock_timestamp(), latitude - 0.9, latitude + 0.9, longitude - 5.5, longitude + 5.5
    FROM products AS p JOIN stores AS s ON s.id = p.store_id;
    INSERT INTO promo_stock (promo_id, allotted) SELECT id, 5 FROM promos;
    INSERT INTO users (username, email, password_hash, role) VALUES ('near', 'near@example.test', 'x', 'customer');
    INSERT INTO customers (id, joined_at, latitude, longitude)
    SELECT id, clock_timestamp(), 0, 0 FROM users WHERE username = 'near';
    ANALYZE stores; ANALYZE products; ANALYZE promos; ANALYZE promo_stock
"""


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many promos, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        session.connection().exec_driver_sql(FILL.format(promos=PROMOS), {})
        yield session
        session.rollback()


def test_the_promos_of_a_customer_are_found_by_where_they_are(filled: Any) -> None:
    user_id = filled.scalar(text("SELECT id FROM users WHERE username = 'near'"))
    *_, (statement, values) = asked(filled, partial(queries.eligible, user_id, limit=25, cursor=None))
    plan = planned(filled, statement, values)
    assert "ix_promos_reach" in {node.get("Index Name") for node in nodes(plan)}
    for table in ("promos", "products", "stores", "promo_stock"):
        assert read(plan, table) <= NEAR, table
    assert 1 <= plan["Actual Rows"] <= NEAR


def test_the_list_of_eligible_promos_costs_a_fixed_number_of_statements(filled: Any) -> None:
    user_id = filled.scalar(text("SELECT id FROM users WHERE username = 'near'"))
    assert len(asked(filled, partial(queries.eligible, user_id, limit=100, cursor=None))) == 3


def test_what_is_due_is_found_among_what_is_not_closed(filled: Any) -> None:
    filled.execute(text("UPDATE promo_stock SET state = 'closed' WHERE promo_id % 100 <> 0"))
    filled.execute(text("ANALYZE promo_stock"))
    [(statement, values)] = asked(filled, partial(queries.to_close, limit=200))
    plan = planned(filled, statement, values)
    assert "ix_promo_stock_not_closed" in {node.get("Index Name") for node in nodes(plan)}
    assert read(plan, "promo_stock") <= PROMOS / 100
