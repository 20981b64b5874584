"""The room of one of eight sales of 5,000 holds: each statement goes by an index and reads no more than it has to."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.promos import queries
from tests.unit.plans import asked, nodes, patient, planned, read

HOLDS, LIVE = 5_000, 500
FILL = """
    INSERT INTO stores (name, latitude, longitude, timezone) VALUES ('Store', 52.5, 13.4, 'UTC');
    INSERT INTO products (store_id, sku, name, price) SELECT id, 'S' || i, 'Tea', 20
    FROM stores, generate_series(1, 8) AS i;
    INSERT INTO promos (product_id, promo_price, starts_at, ends_at, audience, quantity, per_customer_limit,
        activated_at, south, north, west, east)
    SELECT id, 10, clock_timestamp() - interval '1 h', clock_timestamp() + interval '1 h', 'all', 100000, 1,
        clock_timestamp(), -90, 90, -180, 180 FROM products;
    INSERT INTO promo_stock (promo_id, allotted) SELECT id, 100000 FROM promos;
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'room-' || i, 'room-' || i || '@example.test', 'x', 'customer' FROM generate_series(1, {holds}) AS i;
    INSERT INTO customers (id, joined_at, latitude, longitude)
    SELECT id, clock_timestamp(), 52.5, 13.4 FROM users WHERE username LIKE 'room-%%';
    CREATE TEMPORARY TABLE bought ON COMMIT DROP AS
    SELECT gen_random_uuid() AS order_id, u.id AS user_id, p.id AS promo_id, row_number() OVER () AS n
    FROM users AS u, promos AS p WHERE u.username LIKE 'room-%%';
    INSERT INTO orders (id, reference, user_id, status, payment_status, total, currency, source, source_id, pay_by,
        paid_at, lines)
    SELECT order_id, 'ORD-' || lpad(n::text, 12, '0'), user_id, 'PENDING', 'unpaid', 10, 'EUR', 'promo', promo_id,
        clock_timestamp(), CASE WHEN n %% 4 = 0 THEN clock_timestamp() - n * interval '10 ms' END, '[]'
    FROM bought WHERE n %% 2 = 0;
    INSERT INTO orders (id, reference, user_id, total, currency, source, pay_by, paid_at, lines)
    SELECT gen_random_uuid(), 'ORD-S' || lpad(n::text, 11, '0'), user_id, 10, 'EUR', 'shelf', clock_timestamp(),
        clock_timestamp(), '[]' FROM bought;
    INSERT INTO promo_holds (id, promo_id, user_id, price, state, created_at, expires_at, ended_at, order_id)
    SELECT gen_random_uuid(), promo_id, user_id, 10, CASE WHEN n %% 2 = 0 THEN 'completed' ELSE 'expired' END,
        clock_timestamp() - interval '1 h', clock_timestamp(), clock_timestamp() - n * interval '10 ms',
        CASE WHEN n %% 2 = 0 THEN order_id END FROM bought;
    UPDATE promo_holds SET returned_at = ended_at WHERE state = 'completed' AND user_id %% 5 = 0;
    INSERT INTO promo_holds (id, promo_id, user_id, price, expires_at)
    SELECT gen_random_uuid(), promo_id, user_id, 10, clock_timestamp() + n * interval '1 ms'
    FROM bought WHERE user_id %% ({holds} / {live}) = 0;
    INSERT INTO promo_refusals SELECT p.id, date_trunc('hour', now()) + i * interval '1 min', 'sold_out', 5
    FROM promos AS p, generate_series(1, 100) AS i;
    ANALYZE users; ANALYZE customers; ANALYZE orders; ANALYZE promos; ANALYZE promo_holds; ANALYZE promo_refusals
"""
MOMENT = datetime.fromisoformat("2026-11-27T20:00:00+00:00")
WINDOW = {"since": MOMENT, "until": MOMENT + timedelta(hours=1), "now": MOMENT}
FEED = {"ix_promo_holds_promo_id_id", "ix_promo_holds_ended", "ix_promo_holds_returned", "ix_orders_source_paid"}
# What is asked, by which index where only one will do, and how many rows of holds and of orders it looks at, at most.
ASKED: dict[str, tuple[Callable[[int], object], set[str], int, int]] = {
    "soonest": (lambda promo: queries.soonest(promo, MOMENT), {"ix_promo_holds_promo_due"}, 20, 0),
    "feed": (queries.feed, FEED, 400, 100),
    "confirm": (queries.confirm_p95, {"ix_promo_holds_ended"}, 1_500, 0),
    "squares": (lambda promo: queries.squares(promo, 52.5, 13.4), {"ix_promo_holds_ended"}, HOLDS + LIVE, 0),
    "ends": (lambda promo: queries.ends(promo, **WINDOW), {"ix_promo_holds_ended"}, HOLDS + LIVE, 0),
    "money": (queries.money, set(), 0, HOLDS),
    "refused": (queries.refused, {"pk_promo_refusals"}, 0, 0),
    "sweep lag": (lambda _: queries.sweep_lag(), {"ix_promo_holds_due"}, 1, 0),
}


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[tuple[Any, int]]:
    """A session that sees eight such sales, which are undone afterwards, and one of them."""
    with app.app_context():
        session = db.session()
        patient(session)
        session.connection().exec_driver_sql(FILL.format(holds=HOLDS, live=LIVE), {})
        yield session, session.scalar(text("SELECT max(id) FROM promos")) or 0
        session.rollback()


def test_each_statement_of_the_room_goes_by_an_index(filled: tuple[Any, int]) -> None:
    session, promo_id = filled
    for name, (ask, indexes, holds, orders) in ASKED.items():
        [(statement, values)] = asked(session, partial(ask, promo_id))
        plan = planned(session, statement, values)
        assert indexes <= {node.get("Index Name") for node in nodes(plan)}, name
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}, name
        assert read(plan, "promo_holds") <= holds, name
        assert read(plan, "orders") <= orders, name
