"""`python -m bench.costs`: what a thousand holds, refusals and orders cost in CPU, in log and on disk.

Web and PostgreSQL are those of a real stack with its fsync; nobody works in the background, so what a worker does with
an order afterwards is not in it. Log is what a standby has to receive; disk is what the tables and indexes have grown.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import cpu, market, orders, promos, report, sockets
from bench.cases import Case
from bench.figures import BenchError
from bench.stack import Stack, running
from devstack.errors import StackError

HEAD = """| a thousand | web CPU s | PostgreSQL CPU s | log MB | disk MB | made/s in this run |
|---|---:|---:|---:|---:|---:|"""
POSITION = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, pg_database_size(current_database())"

SHELVES = "SELECT id FROM products WHERE sku LIKE 'BENCH-%%' ORDER BY id"


@dataclass(frozen=True)
class Costs:
    """Of one request."""

    name: str
    cpu: cpu.Cost
    log: float
    disk: float
    per_second: float

    def row(self) -> str:
        """One line of the table; milliseconds of one are seconds of a thousand."""
        return (
            f"| {self.name} | {self.cpu.web_ms:.2f} | {self.cpu.database_ms:.2f} | {self.log / 1000:.2f} "
            f"| {self.disk / 1000:.2f} | {self.per_second:,.0f} |"
        )


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers, **orders.LIMITS) as stack,
        ):
            found = [_costs(stack, case, anew, options) for case, anew in _cases(stack, Path(home))]
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = report.circumstances(**vars(options))
    print(", ".join(f"{name} {value}" for name, value in facts.items()), "", HEAD, sep="\n")
    print(*(each.row() for each in found), sep="\n")
    return 0


def _cases(stack: Stack, folder: Path) -> Iterator[tuple[Case, Callable[[], None]]]:
    """Each case, and what makes its requests new again."""
    crowd = market.crowd(stack, "s", promos.MANY_BUYERS)
    goods = promos.on_sale(stack, crowd)
    sold_out, _, *others = goods
    post: dict[str, Any] = {"path": promos.HOLDS, "method": "POST"}
    anew = partial(promos.anew, stack, goods, crowd)
    anew()
    yield Case(name="holds", crowd=promos.asked(folder / "holds", crowd, others), **post), anew
    sold = promos.asked(folder / "sold", crowd, [sold_out])
    yield Case(name="refusals, sold out", crowd=sold, refused=True, **post), anew
    shelves = [product for (product,) in market.rows(stack, SHELVES)]
    restock = partial(market.restock, stack, shelves[1:])
    restock()
    carts = market.asked(folder / "orders", crowd, orders.carts(shelves[1:]))
    yield Case(name="orders", path=orders.ORDERS, method="POST", crowd=carts), restock


def _costs(stack: Stack, case: Case, anew: Callable[[], None], options: argparse.Namespace) -> Costs:
    sockets.run(stack.url, case, "", connections=options.connections, seconds=1.0)  # warms both up
    anew()
    ((log, disk),) = market.rows(stack, POSITION)
    meter = cpu.Meter(stack.web_pid, stack.database_pid)
    figure = sockets.run(stack.url, case, "", connections=options.connections, seconds=options.seconds)
    made = figure.checked(case.name).per_second * options.seconds
    cost = meter.per_request(made)
    ((log_after, disk_after),) = market.rows(stack, POSITION)
    return Costs(case.name, cost, float(log_after - log) / made, (disk_after - disk) / made, figure.per_second)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each run")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
