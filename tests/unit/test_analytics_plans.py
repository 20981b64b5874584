"""Analytics of a day look at the rows of that day and of the promos that were open then, whatever else there is."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.buys import queries
from app.buys.queries import Span
from app.core import db
from app.core.web import HoldfastApp
from tests.unit.plans import asked, nodes, patient, planned, read

DAYS, PROMOS_A_DAY, ORDERS_A_DAY = 50, 4, 100
FIRST = date(2026, 1, 1)
# On each day four promos of an hour, a hundred orders among them, twice as many holds, a refusal a promo.
FILL = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL session_replication_role = replica",
    "INSERT INTO stores (name, latitude, longitude, timezone) VALUES ('Quay', 0, 0, 'UTC')",
    "INSERT INTO products (store_id, sku, name, price) SELECT min(id), 'TEA', 'Tea', 20 FROM stores",
    """
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer' FROM generate_series(1, 500) AS n
    """,
    "INSERT INTO customers (id, joined_at) SELECT id, '2025-01-01' FROM users",
    """
    INSERT INTO promos (product_id, promo_price, starts_at, ends_at, audience, quantity, per_customer_limit,
        activated_at, south, north, west, east)
    SELECT (SELECT min(id) FROM products), 10, at, at + interval '1 h', 'all', 500, 1, at, 0, 0, 0, 0
    FROM (SELECT timestamptz '2026-01-01 00:00Z' + n / 4 * interval '1 day' + n % 4 * interval '5 h' AS at
          FROM generate_series(0, {days} * 4 - 1) AS n) AS each
    """,
    """
    CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, p.id AS promo_id, p.starts_at + n * interval '1 min' AS at, n,
        (SELECT min(id) FROM users) + (p.id * 7 + n) % 500 AS user_id
    FROM promos AS p CROSS JOIN generate_series(0, 49) AS n
    """,
    """
    INSERT INTO orders (id, reference, user_id, status, payment_status, total, currency, source, source_id,
        created_at, pay_by, paid_at, lines)
    SELECT id, 'ORD-' || upper(substr(md5(id::text), 1, 12)), user_id, 'CONFIRMED', 'paid', 10, 'EUR', 'promo',
        promo_id, at, at, at, '[]'
    FROM drawn WHERE n < 25
    """,
    """
    INSERT INTO promo_holds (id, promo_id, user_id, price, state, created_at, expires_at, ended_at, order_id)
    SELECT gen_random_uuid(), promo_id, user_id, 10, CASE WHEN n < 25 THEN 'completed' ELSE 'expired' END, at, at, at,
        CASE WHEN n < 25 THEN id END
    FROM drawn
    """,
    """
    INSERT INTO promo_refusals (promo_id, minute, code, refusals)
    SELECT id, starts_at, 'sold_out', 9 FROM promos
    """,
    """
    INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email)
    SELECT 'flash_promo', promo_id, user_id, at::date, 'x', 'x', true, false FROM drawn
    """,
    *(f"ANALYZE {table}" for table in ("promos", "orders", "promo_holds", "promo_refusals", "notifications")),
)


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees fifty days of sales, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        for statement in FILL:
            session.execute(text(statement.replace("{days}", str(DAYS))))
        yield session
        session.rollback()


DAY = Span(FIRST + timedelta(days=20), FIRST + timedelta(days=20), "UTC")
ONE_DAY, THREE_DAYS = ORDERS_A_DAY, 3 * ORDERS_A_DAY
CASES: dict[str, tuple[Callable[[Span], Any], dict[str, int]]] = {
    # Sales are read twice: once by bucket and promo, once by buyer.
    "sales": (partial(queries.sales, grain="hour", most=10), {"orders": 2 * ONE_DAY}),
    "series": (partial(queries.series, grain="hour"), {"orders": ONE_DAY}),
    "buyers": (queries.buyers, {"orders": ONE_DAY}),
    "sums": (queries.sums, {"orders": ONE_DAY}),
    "worth most": (partial(queries.worth_most, most=10), {"orders": ONE_DAY}),
    "refusals": (queries.refusals, {"promo_refusals": PROMOS_A_DAY}),
    "lost demand": (partial(queries.lost_demand, most=10), {"promo_refusals": PROMOS_A_DAY}),
    # The promos of the day before and after are looked into too.
    "funnel": (
        queries.funnel,
        {"promo_holds": 2 * THREE_DAYS, "orders": THREE_DAYS, "notifications": 2 * THREE_DAYS},
    ),
    "ended holds": (queries.ended_holds, {"promo_holds": 2 * THREE_DAYS}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_day_is_read_along_an_index(filled: Any, name: str) -> None:
    ask, most = CASES[name]
    [each] = asked(filled, partial(ask, DAY))
    plan = planned(filled, *each)
    for table, rows in most.items():
        assert 0 < read(plan, table) <= rows, (table, plan)
        assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan" and node["Relation Name"] == table]


@pytest.mark.parametrize("which", ["promo_id", "store_id", "segment_id"])
def test_a_filter_never_makes_it_read_more(filled: Any, which: str) -> None:
    one = filled.scalar(text("SELECT min(id) FROM promos WHERE starts_at >= '2026-01-21'"))
    store = filled.scalar(text("SELECT min(id) FROM stores"))
    span = Span(DAY.first, DAY.last, "UTC", **{which: store if which == "store_id" else one})
    for name, (ask, most) in CASES.items():
        [each] = asked(filled, partial(ask, span))
        plan = planned(filled, *each)
        for table, rows in most.items():
            assert read(plan, table) <= rows, (name, table)


def test_promos_are_compared_promo_by_promo(filled: Any) -> None:
    ids = list(filled.scalars(text("SELECT id FROM promos ORDER BY id LIMIT 3")))
    [each] = asked(filled, partial(queries.compared, ids))
    plan = planned(filled, *each)
    assert read(plan, "promo_holds") == 3 * 50
    assert read(plan, "orders") == 3 * 25
