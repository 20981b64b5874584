"""A million orders as a shop has them after a year, and what somebody asks for among them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.core import db

CUSTOMERS = 100_000
# The oldest first, as they came; most are delivered, the last two hours wait; some customers buy more than others.
FILL = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL session_replication_role = replica",  # rows that fit together need no check one by one
    f"""
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'bench' || n, 'bench' || n || '@shop.example', '', 'customer' FROM generate_series(1, {CUSTOMERS}) AS n
    """,  # noqa: S608 - a number of ours
    f"""
    CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
    SELECT n, clock_timestamp() - interval '1 year' * (1 - n::float8 / :orders) AS at, random() AS chance,
           random() AS luck, floor({CUSTOMERS} * random() * random())::int AS buyer,
           round((1 + 40 * exp(2 * random()) + 8000 * random() ^ 40)::numeric, 2) AS total
    FROM generate_series(1, :orders) AS n
    """,  # noqa: S608 - a number of ours
    """
    INSERT INTO orders (
        id, reference, user_id, status, payment_status, total, currency, source, created_at, updated_at, pay_by,
        paid_at, lines
    )
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
        'ORD-' || upper(substr(md5(n::text), 1, 12)),
        (SELECT min(id) FROM users WHERE username LIKE 'bench%') + buyer,
        status,
        CASE
            WHEN status = 'PENDING' THEN
                CASE WHEN luck < .9 THEN 'unpaid' WHEN luck < .99 THEN 'failed' ELSE 'review' END
            WHEN status = 'CANCELLED' THEN
                CASE WHEN luck < .7 THEN 'unpaid' WHEN luck < .8 THEN 'failed' WHEN luck < .999 THEN 'refunded'
                ELSE 'review' END
            WHEN luck < .96 THEN 'paid' WHEN luck < .99 THEN 'partially_refunded' ELSE 'refunded'
        END,
        total, 'EUR', 'shelf', at, at, at + interval '30 min',
        CASE WHEN status NOT IN ('PENDING', 'CANCELLED') THEN at + interval '5 min' END,
        '[{"product_id"\\:1,"name":"Bench","quantity"\\:1,"unit_price":"' || total || '","subtotal":"' || total || '"}]'
    FROM drawn CROSS JOIN LATERAL (SELECT CASE
        WHEN chance < .09 THEN 'CANCELLED' WHEN n > :orders * .9998 THEN 'PENDING'
        WHEN n > :orders * .999 THEN 'CONFIRMED' WHEN n > :orders * .997 THEN 'PROCESSING'
        WHEN n > :orders * .99 THEN 'SHIPPED' ELSE 'DELIVERED' END AS status
    ) AS way
    """,
    "ANALYZE users",
)
BOUNDS = text("""
    SELECT (SELECT min(created_at)::date FROM orders) AS first, (SELECT max(created_at)::date FROM orders) AS last,
           (SELECT user_id FROM orders GROUP BY user_id ORDER BY count(*) DESC LIMIT 1) AS often,
           (SELECT user_id FROM orders GROUP BY user_id ORDER BY count(*) LIMIT 1) AS once
""")


def values() -> dict[str, dict[str, Any]]:
    """What most orders are, what some are, and what hardly any is."""
    with db.transaction():
        db.session().execute(text("SET LOCAL statement_timeout = 0"))
        found = db.session().execute(BOUNDS).one()
    day = timedelta(days=1)
    common = {"status": "DELIVERED", "payment_status": "paid", "q": "ORD-", "user_id": found.often}
    common |= {"start_date": found.first + day, "end_date": found.last - day, "user_ids": (found.often, found.once)}
    some = common | {"status": "CANCELLED", "payment_status": "refunded", "q": "ORD-A"}
    some |= {"start_date": found.last - 30 * day, "end_date": found.first + 30 * day}
    rare = {"status": "PENDING", "payment_status": "review", "q": "ORD-ABC", "user_id": found.once}
    rare |= {"start_date": found.last, "end_date": found.first, "user_ids": (found.once,)}
    return {
        "common": common | {"min_total": Decimal(50), "max_total": Decimal(300)},
        "some": some | {"min_total": Decimal(250), "max_total": Decimal(60)},
        "rare": rare | {"min_total": Decimal(8900), "max_total": Decimal(42)},
    }
