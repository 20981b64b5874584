"""`python -m bench.promos_notify`: how fast a promo tells 10,000 customers, and a million are counted.

The workers are those of `make run`: one for quick jobs, one for heavy ones. The clock starts at the activation and
stops when the last row is in the inbox, and when a mail server that keeps nothing took the last mail. Then customers
are added until there are a million, and the audience of a promo is counted; the median of five.
"""

import argparse
import asyncio
import os
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from aiosmtpd.smtp import SMTP
from flask_migrate import upgrade
from sqlalchemy import text

from app.core import context, db
from app.factory import create_app
from app.operations.demo import seed
from app.promos import queries
from app.promos.service import lifecycle, planning
from bench.jobs import PATIENCE, program
from devstack.postgres import Postgres
from devstack.valkey import Valkey

TOLD = 10_000
# Everybody who is told wants mails too; all that the demo data has besides is not in the segment.
CROWD = text("""
    WITH made AS (
        INSERT INTO users (username, email, password_hash, role, email_verified_at)
        SELECT 'told-' || n, 'told-' || n || '@mail.example', '', 'customer', clock_timestamp()
        FROM generate_series(1, :many) AS n RETURNING id, created_at
    ),
    enrolled AS (
        INSERT INTO customers (id, joined_at, email_opt_in) SELECT id, created_at, true FROM made RETURNING id
    ),
    segment AS (INSERT INTO segments (name) VALUES ('Told') RETURNING id)
    SELECT segment.id, array_agg(enrolled.id) FROM segment, enrolled GROUP BY segment.id
""")
MEMBERS = text("INSERT INTO memberships (segment_id, customer_id) SELECT :segment_id, unnest(CAST(:ids AS bigint[]))")
INBOX = text("SELECT count(*) FROM notifications WHERE subject_id = :promo_id AND suppressed IS NULL")
SENT = text("SELECT count(*) FROM emails WHERE state = 'sent'")
FREE = text("SELECT id FROM products WHERE is_active AND id NOT IN (SELECT product_id FROM promos) ORDER BY id LIMIT 1")


class Sink:
    """Takes every mail and keeps none."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """The mail itself."""
        return "250 OK"


def main() -> int:
    """Measure, and print a table."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home, ExitStack() as stack:
        postgres, valkey = Postgres(Path(home)), Valkey(Path(home))
        stack.enter_context(postgres)
        stack.enter_context(valkey)
        postgres.create_database("holdfast_bench")
        os.environ |= {
            "DATABASE_URL": postgres.url("holdfast_bench"),
            "REDIS_URL": valkey.url(0),
            "SECRET_KEY": secrets.token_hex(),
            "SMTP_PORT": str(stack.enter_context(sink())),
            "LOG_LEVEL": "warning",
            "JOB_STATEMENT_TIMEOUT_MS": "600000",
        }
        app = create_app(for_jobs=True)
        with app.app_context():
            upgrade()
            for part in ("scheduler", "worker", "heavy"):
                stack.enter_context(program(part))
            print("| what | seconds | target |")
            print("|---|---:|---:|")
            for name, seconds, target in _rows(options.customers):
                print(f"| {name} | {seconds:.2f} | {target} |", flush=True)
    return 0


def _rows(scale: str) -> Iterator[tuple[str, float, int]]:
    _grown("s")
    segment_id = _crowd()
    for turn in ("", ", again on the next day"):
        promo_id = _promo(segment_id)
        began = time.monotonic()
        _wait_until(lambda: _count(INBOX, promo_id=promo_id) >= TOLD)  # noqa: B023 - asked at once
        yield f"{TOLD:,} inboxes{turn}", time.monotonic() - began, 10
        _wait_until(lambda: _count(SENT) >= TOLD)
        yield f"{TOLD:,} mails in the sink{turn}", time.monotonic() - began, 60
        _next_day()
    _grown(scale)
    for name, facts in (("all", {"max_distance_km": None}), ("within 20 km", {"max_distance_km": 20.0})):
        yield f"audience of {_customers():,}, {name}", median(_counted(**facts) for _ in range(5)), 1


def _grown(scale: str) -> None:
    with context.surroundings(source="cli"), db.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for line in seed.grow(scale):
            print(line, file=sys.stderr)


def _crowd() -> int:
    with context.surroundings(source="cli"), db.transaction() as session:
        segment_id, ids = session.execute(CROWD, {"many": TOLD}).one()
        session.execute(MEMBERS, {"segment_id": segment_id, "ids": ids})
    return int(segment_id)


def _promo(segment_id: int) -> int:
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "promo_price": Decimal("0.01"),
        "audience": "segments",
        "max_distance_km": None,
        "quantity": 1,
    }
    times = {"starts_at": now - timedelta(seconds=1), "ends_at": now + timedelta(hours=1)}
    with context.surroundings(source="cli"), db.transaction() as session:
        product_id = session.scalar(
            text("SELECT id FROM products WHERE is_active AND id NOT IN (SELECT product_id FROM promos) LIMIT 1")
        )
        promo = planning.draft_promo(
            product_id=product_id, segment_ids=[segment_id], per_customer_limit=1, **facts, **times
        )
        lifecycle.activate(promo_id=promo.id)
        return promo.id


def _wait_until(condition: Callable[[], bool]) -> None:
    """Wait, and ask seldom: to be asked costs the database too."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("bench: not everybody was told in time")
        time.sleep(0.2)


def _count(statement: Any, **values: Any) -> int:
    with db.statement() as session:
        return session.scalar(statement, values) or 0


def _next_day() -> None:
    """What was told was told yesterday, and its mails are forgotten."""
    with db.transaction() as session:
        for statement in (
            "UPDATE notifications SET day = day - 1",
            "UPDATE notification_quotas SET day = day - 1",
            "DELETE FROM emails",
        ):
            session.execute(text(statement))


def _customers() -> int:
    return _count(text("SELECT count(*) FROM customers WHERE is_active"))


def _counted(max_distance_km: float | None) -> float:
    with db.statement():
        began = time.monotonic()
        queries.counts(queries.audience_around(1, segment_ids=None, max_distance_km=max_distance_km))
        return time.monotonic() - began


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server that keeps nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(loop.create_server(lambda: SMTP(Sink()), sock=listener))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.promos_notify", description=__doc__)
    parser.add_argument("--customers", choices=["s", "m", "l"], default="l", help="how many customers in the end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
