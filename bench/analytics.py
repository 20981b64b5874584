"""`python -m bench.analytics`: how long analytics of a day, a week and four weeks take among a million holds.

A shop of four weeks: ten promos a day of an hour each, a million holds among them, seven of ten of them paid orders of
a hundred thousand customers, refusals by the minute, everybody told. Each figure is asked for as the page asks, on a
connection of the application; a statement that no index serves is printed and fails.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.buys import queries
from app.buys.queries import Span
from app.buys.service import analytics
from app.core import db, settings
from app.core.web import settings_of
from app.factory import create_app
from bench.figures import BenchError
from bench.stack import running
from devstack.errors import StackError
from tests.unit.plans import asked, nodes, planned

ROUNDS, DAYS, CUSTOMERS = 3, 28, 100_000
FILL = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL session_replication_role = replica",  # rows that fit together need no check one by one
    """
    INSERT INTO stores (name, latitude, longitude, timezone)
    SELECT 'Quay ' || n, 0, 0, 'UTC' FROM generate_series(1, 5) AS n
    """,
    """
    INSERT INTO products (store_id, sku, name, price)
    SELECT (SELECT min(id) FROM stores WHERE name LIKE 'Quay %') + n % 5, 'TEA-' || n, 'Tea ' || n, 20
    FROM generate_series(1, 50) AS n
    """,
    """
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'bench' || n, 'bench' || n || '@shop.example', '', 'customer' FROM generate_series(1, :customers) AS n
    """,
    "INSERT INTO customers (id, joined_at) SELECT id, clock_timestamp() FROM users WHERE username LIKE 'bench%'",
    """
    INSERT INTO promos (product_id, promo_price, starts_at, ends_at, audience, quantity, per_customer_limit,
        activated_at, south, north, west, east)
    SELECT (SELECT min(id) FROM products WHERE sku LIKE 'TEA-%') + n % 50, 10,
        at, at + interval '1 h', 'all', 9999, 1, at,
        0, 0, 0, 0
    FROM (SELECT n, date_trunc('day', clock_timestamp()) - interval '27 days' + n / 10 * interval '1 day'
              + n % 10 * interval '2 h' AS at
          FROM generate_series(0, 279) AS n) AS each
    """,
    """
    CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
    SELECT gen_random_uuid() AS order_id, p.id AS promo_id, p.starts_at + n * interval '1 h' / (:holds / 280) AS at, n,
        (SELECT min(id) FROM users WHERE username LIKE 'bench%') + floor(:customers * random())::int AS user_id,
        random() AS luck
    FROM promos AS p CROSS JOIN generate_series(1, :holds / 280) AS n
    """,
    """
    INSERT INTO orders (id, reference, user_id, status, payment_status, total, refunded, currency, source, source_id,
        created_at, pay_by, paid_at, lines)
    SELECT order_id, 'ORD-' || upper(substr(md5(order_id::text), 1, 12)), user_id, 'CONFIRMED', 'paid', 10,
        CASE WHEN luck < .02 THEN 10 ELSE 0 END, 'EUR', 'promo', promo_id, at, at, at + interval '20 s', '[]'
    FROM drawn WHERE luck < .7
    """,
    """
    INSERT INTO promo_holds (id, promo_id, user_id, price, state, created_at, expires_at, ended_at, order_id)
    SELECT gen_random_uuid(), promo_id, user_id, 10,
        CASE WHEN luck < .7 THEN 'completed' ELSE 'expired' END, at, at, at,
        CASE WHEN luck < .7 THEN order_id END
    FROM drawn
    """,
    """
    INSERT INTO promo_refusals (promo_id, minute, code, refusals)
    SELECT id, starts_at + m * interval '1 min', code, 50
    FROM promos CROSS JOIN generate_series(0, 59) AS m CROSS JOIN unnest(ARRAY['sold_out', 'held_by_others']) AS code
    """,
    """
    INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email)
    SELECT 'flash_promo', p.id, c.id, p.starts_at::date, 'x', 'x', true, false
    FROM promos AS p CROSS JOIN LATERAL (SELECT id FROM customers ORDER BY id LIMIT :holds / 280) AS c
    """,
)
TABLES = ("promos", "orders", "promo_holds", "promo_refusals", "notifications", "users", "customers")


def main() -> int:
    """Load, ask, print."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home, running(Path(home), workers=1) as stack:
            app = create_app(settings.load(stack.environment))
            with app.app_context():
                _load(options.holds)
                return _shown(settings_of(app).business_zone, options.holds)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _load(holds: int) -> None:
    with db.transaction():
        for statement in FILL:
            db.session().execute(text(statement), {"holds": holds, "customers": CUSTOMERS})
    with db.statement():
        for table in TABLES:
            db.session().execute(text("SET statement_timeout = 0"))
            db.session().execute(text(f"VACUUM ANALYZE {table}"))


def _shown(zone: str, holds: int) -> int:
    """Print a line for each question; how many statements are served by no index."""
    with db.statement():
        now = queries.now()
    last, wrong = now.astimezone().date(), 0
    spans = [Span(last - timedelta(days=days), last - timedelta(days=1), zone) for days in (1, 7, DAYS - 1)]
    print(f"{holds:,} holds; milliseconds, the best of {ROUNDS}\n\n| | {' | '.join(f'{s.days} days' for s in spans)} |")
    print(f"|---|{'---:|' * len(spans)}")
    for name, ask in _questions().items():
        found = [_measured(partial(ask, span)) for span in spans]
        wrong += sum(bool(scans) for _, scans in found)
        print(f"| {name} | {' | '.join(f'{ms:.0f} {scans}'.strip() for ms, scans in found)} |", flush=True)
    return min(wrong, 1)


def _questions() -> dict[str, Callable[[Span], Any]]:
    whole = partial(analytics.analysis, source=analytics.OWN, grain="day")
    return {
        "sales, all tables": partial(queries.sales, grain="day", most=10),
        "series alone": partial(queries.series, grain="day"),
        "sums (home)": queries.sums,
        "ended holds (home)": queries.ended_holds,
        "funnel": queries.funnel,
        "refusals": queries.refusals,
        "lost demand": partial(queries.lost_demand, most=10),
        "worth most": partial(queries.worth_most, most=10),
        "the page": whole,
    }


def _measured(ask: Callable[[], Any]) -> tuple[float, str]:
    """The fastest of some tries, and which tables are read from end to end."""
    best, scans = float("inf"), set[str]()
    for turn in range(ROUNDS):
        with db.transaction():
            db.session().execute(text("SET LOCAL statement_timeout = 0"))
            began = time.perf_counter()
            ask()
            best = min(best, (time.perf_counter() - began) * 1000)
            if not turn:
                plans = [planned(db.session(), *each) for each in asked(db.session(), ask)]
                scans = {
                    node["Relation Name"] for plan in plans for node in nodes(plan) if node["Node Type"] == "Seq Scan"
                }
    return best, " ".join(sorted(scans & {"orders", "promo_holds", "notifications", "promo_refusals"}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.analytics", description=__doc__)
    parser.add_argument("--holds", type=int, default=1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
