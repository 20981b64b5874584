"""`python -m bench.order_plans`: how PostgreSQL answers the lists of orders when there are a million of them.

For every filter of `GET /orders`, alone and together, in every ordering, with values that most orders have, some, and
hardly any; for the console's list and the counts of its tabs. A page has to be one statement along
an index: no scan of the table that goes on past a twentieth of it, no sort of more than a fiftieth. What is not so is
printed and fails.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import compress, product
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core import db, settings
from app.core.web import HoldfastApp, settings_of
from app.factory import create_app
from app.orders import queries
from app.orders.queries import OrderFilter
from bench.figures import BenchError
from bench.order_rows import FILL, values
from bench.stack import running
from devstack.errors import StackError
from tests.unit.plans import asked, nodes, planned, read

LIMIT, ROUNDS = 25, 3
FILTERS = ("status", "start_date", "end_date", "min_total", "max_total", "user_id")
CONSOLE = ("payment_status", "status", "end_date", "min_total", "q", "user_ids")
SCANNED_AT_MOST, SORTED_AT_MOST = 0.05, 0.02


@dataclass(frozen=True)
class Measured:
    """The fastest of some runs of a statement, and what is wrong with its plan."""

    milliseconds: float
    faults: frozenset[str]


def main() -> int:
    """Load, look, print."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home, running(Path(home), workers=1) as stack:
            app = create_app(settings.load(stack.environment))
            with app.app_context():
                _load(options.orders)
                return _shown(app, options.orders)
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _load(orders: int) -> None:
    with db.transaction():
        for statement in FILL:
            db.session().execute(text(statement), {"orders": orders})
    with db.statement():
        db.session().execute(text("VACUUM ANALYZE orders"))


def _shown(app: HoldfastApp, orders: int) -> int:
    """Print a line for each filter; how many of the plans are wrong."""
    zone, wrong = settings_of(app).business_zone, 0
    print(f"orders: {orders:,}; milliseconds in PostgreSQL, the best of {ROUNDS}, page of {LIMIT}\n")
    for title, header, lines in (
        ("GET /orders", queries.ORDERINGS, _pages(FILTERS, queries.page, zone)),
        ("console: list", queries.ORDERINGS, _pages(CONSOLE, queries.listing, zone)),
        ("console: tabs", ["counts"], _tabs(zone)),
    ):
        print(f"| {title} | values | {' | '.join(header)} |\n|---|---|{'---|' * len(list(header))}")
        for name, kind, acts in lines:
            found = [_measured(act, orders) for act in acts]
            wrong += sum(bool(each.faults) for each in found)
            print(f"| {name} | {kind} | {' | '.join(map(_cell, found))} |", flush=True)
        print()
    print(f"{wrong} plans are wrong" if wrong else "every page is one statement along an index")
    return min(wrong, 1)


def _pages(names: tuple[str, ...], page: Any, zone: str) -> Iterator[tuple[str, str, list[Callable[[], object]]]]:
    for name, kind, which in _filters(names):
        place = {"zone": zone, "limit": LIMIT, "cursor": None}
        yield name, kind, [partial(page, which, ordering=ordering, **place) for ordering in queries.ORDERINGS]


def _tabs(zone: str) -> Iterator[tuple[str, str, list[Callable[[], object]]]]:
    for name, kind, which in _filters(tuple(name for name in CONSOLE if name != "status")):
        yield name, kind, [partial(queries.counts, which, zone=zone)]


def _filters(names: tuple[str, ...]) -> Iterator[tuple[str, str, OrderFilter]]:
    """Each choice of these filters, with each kind of values."""
    kinds = values()
    for chosen in product((False, True), repeat=len(names)):
        own = list(compress(names, chosen))
        for kind, known in kinds.items():
            yield " ".join(own) or "none", kind, OrderFilter(**{name: known[name] for name in own})


def _measured(act: Callable[[], object], orders: int) -> Measured:
    with db.transaction():
        session = db.session()
        session.execute(text("SET LOCAL statement_timeout = 0"))
        sent = asked(session, act)
        plans = [planned(session, *sent[0]) for _ in range(ROUNDS)]
    faults = {f"{len(sent)} statements"} if len(sent) != 1 else set()
    for node in nodes(plans[-1]):
        whole = node["Node Type"].endswith("Seq Scan") and read(node, "orders") > orders * SCANNED_AT_MOST
        sort = "Sort" in node["Node Type"] and _sorted_rows(node) > orders * SORTED_AT_MOST
        faults |= {node["Node Type"]} if whole or sort else set()
    return Measured(min(plan["Actual Total Time"] for plan in plans), frozenset(faults))


def _sorted_rows(node: dict[str, Any]) -> float:
    return float(sum(child["Actual Rows"] * child["Actual Loops"] for child in node.get("Plans", [])))


def _cell(found: Measured) -> str:
    return f"{found.milliseconds:.2f}{' ' + ', '.join(sorted(found.faults)) if found.faults else ''}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.order_plans", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
