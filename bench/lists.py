"""`python -m bench.lists`: how long each list of the console and its search take at a million orders and customers.

Whole pages, as a signed-in admin gets them from the application in this process: principal, queries, counts of tabs,
template. Each address is asked for many times, one after the other; a p95 of 300 ms or more fails. The first time, when
nothing is cached or prepared yet, is shown beside.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import text

from app.core import clock, db, settings
from app.factory import create_app
from bench.figures import BenchError
from bench.order_rows import FILL as ORDERS
from bench.stack import DEMO_PASSWORD, running
from devstack.errors import StackError

BOUND_MS = 300.0
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
NEXT = re.compile(r'href="([^"]+)"[^>]*rel="next"')
CUSTOMERS = (
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO users (username, email, password_hash, role, first_name, last_name, created_at)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer', 'First' || n % 5000, 'Last' || n % 7000,
           clock_timestamp() - interval '1 second' * (:customers - n)
    FROM generate_series(1, :customers) AS n
    """,
    """
    INSERT INTO customers (id, joined_at, latitude, longitude)
    SELECT id, created_at, id % 180 - 90, id % 361 - 180 FROM users WHERE username LIKE 'buyer%'
    """,
)
PAGES = (
    "/console/",
    *("/console/orders", "/console/orders?status=PENDING", "/console/orders?ordering=highest&status=DELIVERED"),
    *("/console/orders?payment_status=paid", "/console/orders?q=ORD-A", "/console/orders?customer=bench12"),
    *("/console/orders?start_date=2020-01-01&min_total=100", "/console/orders?customer=nobody"),
    *("/console/customers", "/console/customers?ordering=oldest", "/console/customers?q=first12"),
    *("/console/customers?q=buyer777777", "/console/customers?q=b", "/console/customers?is_active=false"),
    *("/console/promos", "/console/products", "/console/stores", "/console/segments", "/console/offers"),
    *("/console/activations", "/console/reservations", "/console/payments", "/console/audit", "/console/emails"),
    *("/console/ops/jobs", "/console/ops/failed", "/console/settings/users"),
    *(f"/console/search?q={quote(typed)}" for typed in ("ORD-A", "b", "buyer77", "last3", "tea", "nobody at all")),
)


def main() -> int:
    """Load, ask, print."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home, running(Path(home), workers=1) as stack:
            app = create_app(settings.load(dict(stack.environment) | {"LOG_LEVEL": "error"}))
            with app.app_context():
                _load(options.rows)
            return _shown(app.test_client(), options.rows, options.rounds)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _load(rows: int) -> None:
    with db.transaction():
        for statement in CUSTOMERS:
            db.session().execute(text(statement), {"customers": rows})
    with db.transaction():
        for statement in ORDERS:
            db.session().execute(text(statement), {"orders": rows})
    with db.statement() as session:
        session.execute(text("SET statement_timeout = 0"))
        for table in ("users", "customers", "orders"):
            session.execute(text(f"VACUUM ANALYZE {table}"))
        session.execute(text("RESET statement_timeout"))


def _shown(client: FlaskClient, rows: int, rounds: int) -> int:
    """Print a line for each address; 1 when one of them is too slow."""
    _sign_in(client)
    print(f"{rows:,} orders and customers; milliseconds of {rounds} requests one after the other\n")
    print("| page | p50 | p95 | most | first |\n|---|---:|---:|---:|---:|")
    slow = 0
    for address in _addresses(client):
        first, *times = [_asked(client, address) for _ in range(rounds + 1)]
        times.sort()
        p95 = times[int(0.95 * (rounds - 1))]
        slow += p95 >= BOUND_MS
        print(f"| {address[:70]} | {times[rounds // 2]:.1f} | {p95:.1f} | {times[-1]:.1f} | {first:.1f} |", flush=True)
    print(f"\n{slow} pages are too slow" if slow else f"\nevery page has a p95 below {BOUND_MS:.0f} ms")
    return min(slow, 1)


def _addresses(client: FlaskClient) -> Iterator[str]:
    """Each page, and of the long lists the third page too."""
    for address in PAGES:
        yield address
        if address in {"/console/orders", "/console/customers"}:
            yield _next(client, _next(client, address))


def _next(client: FlaskClient, address: str) -> str:
    found = NEXT.search(client.get(address).text)
    if found is None:
        raise BenchError(f"{address} has no next page")
    return found[1].replace("&amp;", "&")


def _asked(client: FlaskClient, address: str) -> float:
    started = clock.monotonic()
    answer = client.get(address)
    if answer.status_code != 200:
        raise BenchError(f"{address} answered {answer.status_code}")
    return (clock.monotonic() - started) * 1000


def _sign_in(client: FlaskClient) -> None:
    found = TOKEN.search(client.get("/console/login").text)
    form = {"username": "admin", "password": DEMO_PASSWORD, "csrf_token": found[1] if found else ""}
    if client.post("/console/login", data=form).status_code != 303:
        raise BenchError("the admin could not sign in")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
