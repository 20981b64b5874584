"""`python -m bench.orders`: orders placed and refused a second, a customer's own list, and payments told and settled.

Each buyer is a customer with a session of their own, and they ask in turn. How many orders one customer may place, and
how many may wait for their payment, are settings; they are raised here. Messages are told first and settled afterwards
by one worker, which writes the mails about them too. Medians of three rounds.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.operations.demo.buyers import Buyer
from bench import market, report, rounds, settling
from bench.cases import Case
from bench.figures import BenchError
from bench.hello import TOKEN
from bench.inventory import SIGNED
from bench.market import MANY_BUYERS, PLACE, asked
from bench.rounds import Plan
from bench.stack import Stack, running
from devstack.errors import StackError

ORDERS = "/api/v1/orders"
LIMITS = {"ORDERS_PER_MINUTE": "1000000", "ORDER_ATTEMPTS_PER_MINUTE": "1000000", "UNPAID_ORDERS": "10000"}
LISTERS, LISTED = 100, 50
TOLD = "payments told"


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers, **LIMITS, **settling.SECRETS) as stack,
        ):
            shelves, crowd = market.shelves(stack), market.crowd(stack, "s")
            plan = Plan(options.seconds, options.rounds, options.connections, True, SIGNED, TOKEN)  # noqa: FBT003
            wanted = [case for case in _cases(stack, shelves, crowd, Path(home)) if _chosen(case.name, options)]
            results = rounds.measure(stack, wanted, plan, lambda: market.restock(stack, shelves[1:]))
            told = settling.measure(stack, plan, shelves, crowd, Path(home)) if _chosen(TOLD, options) else ""
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = {"generator": rounds.generator().__name__, "buyers": MANY_BUYERS, "yardstick": SIGNED.name}
    print(report.table(results, report.circumstances(**facts, **vars(options))))
    print(told)
    return 0


def _cases(stack: Stack, shelves: Sequence[int], crowd: Sequence[Buyer], folder: Path) -> Iterator[Case]:
    empty, hot, *_ = shelves
    buyer = f"\\set buyer random({crowd[0].id}, {crowd[-1].id})\n"
    post: dict[str, Any] = {"path": ORDERS, "method": "POST"}
    yield Case(
        name="orders of one product",
        crowd=asked(folder / "one", crowd, carts([hot])),
        sql=f"{buyer}SELECT {PLACE.format(buyer=':buyer', product=hot)};",
        **post,
    )
    yield Case(
        name="orders over 200 products",
        crowd=asked(folder / "many", crowd, carts(shelves[1:])),
        sql=f"{buyer}\\set product random({shelves[1]}, {shelves[-1]})\n"
        f"SELECT {PLACE.format(buyer=':buyer', product=':product')};",
        **post,
    )
    yield Case(name="orders refused", crowd=asked(folder / "none", crowd, carts([empty])), refused=True, **post)
    market.restock(stack, shelves[1:])
    market.place(stack, crowd[:LISTERS], shelves[1:], LISTERS * LISTED)
    market.rows(stack, "ANALYZE")  # as autovacuum does within a minute
    yield Case(
        name="own 50 orders", path=f"{ORDERS}?limit={LISTED}", crowd=asked(folder / "own", crowd[:LISTERS], [""])
    )


def carts(products: Sequence[int]) -> list[dict[str, Any]]:
    """An order of one unit of each of these in turn."""
    return [{"items": [{"product_id": product, "quantity": 1}]} for product in products]


def _chosen(name: str, options: argparse.Namespace) -> bool:
    return not options.case or name in options.case


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.orders", description=__doc__)
    parser.add_argument("case", nargs="*", help="all when none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
