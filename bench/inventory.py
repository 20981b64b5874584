"""`python -m bench.inventory`: holds, refusals and lists a second, and how fast a segment of a million is counted.

Each buyer is a customer with a session of their own, and they ask in turn. The yardstick is a bare Flask that verifies
an HS256 token; beside the holds stands the SQL function alone, called by pgbench. Medians of three rounds.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.operations.demo.buyers import Buyer
from bench import market, report, rounds
from bench.cases import Case
from bench.crowd import Caller
from bench.figures import BenchError
from bench.hello import TOKEN
from bench.market import MANY_BUYERS, WHO, asked
from bench.rounds import Plan
from bench.stack import Stack, running
from devstack.errors import StackError

RESERVATIONS, PRODUCTS, PREVIEW = "/api/v1/reservations", "/api/v1/products", "/api/v1/segments/preview"
SIGNED = Case(name="Flask + HS256", path="/signed")
RESERVE = f"inventory_reserve(gen_random_uuid(), :buyer, {{product}}, 1, 600, 10000, {WHO})"
RULES = {
    "match": "all",
    "rules": [{"type": "joined_within", "days": 365}, {"type": "ordered", "at_least": 3, "within_days": 90}],
}


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers, OPEN_HOLDS="10000") as stack,
        ):
            previews, shelves = _previews(stack), market.shelves(stack)
            crowd = market.crowd(stack, options.customers if previews else "s")
            cases = [*_cases(shelves, crowd, Path(home)), *previews]
            plan = Plan(options.seconds, options.rounds, options.connections, True, SIGNED, TOKEN)  # noqa: FBT003
            chosen = [case for case in cases if not options.case or case.name in options.case]
            results = rounds.measure(stack, chosen, plan, lambda: market.restock(stack, shelves[1:]))
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = {"generator": rounds.generator().__name__, "buyers": MANY_BUYERS, "yardstick": SIGNED.name}
    print(report.table(results, report.circumstances(**facts, **vars(options))))
    return 0


def _cases(shelves: Sequence[int], crowd: Sequence[Buyer], folder: Path) -> Iterator[Case]:
    empty, hot, *_ = shelves
    first, last = crowd[0].id, crowd[-1].id
    buyer = f"\\set buyer random({first}, {last})\n"
    post: dict[str, Any] = {"path": RESERVATIONS, "method": "POST"}
    yield Case(
        name="holds of one product",
        crowd=asked(folder / "one", crowd, _wishes([hot])),
        sql=f"{buyer}SELECT {RESERVE.format(product=hot)};",
        **post,
    )
    yield Case(
        name="holds over 200 products",
        crowd=asked(folder / "many", crowd, _wishes(shelves[1:])),
        sql=f"{buyer}\\set product random({shelves[1]}, {shelves[-1]})\nSELECT {RESERVE.format(product=':product')};",
        **post,
    )
    yield Case(name="refusals, none left", crowd=asked(folder / "none", crowd, _wishes([empty])), refused=True, **post)
    yield Case(name="list of products", path=f"{PRODUCTS}?limit=25")
    yield Case(name="list of products with a token", path=f"{PRODUCTS}?limit=25", login="viewer")


def _previews(stack: Stack) -> list[Case]:
    """Counting a segment, once there is an address that does it; with a million customers."""
    case = Case(
        name="segment preview", path=PREVIEW, method="POST", body=json.dumps({"rules": RULES}), login="operator"
    )
    answer = Caller(stack.url).ask("POST", PREVIEW, {"rules": RULES}, token=stack.token("operator"))
    if answer.get("code") == "not_found":
        print("segment preview is left out: there is no such address yet")
        return []
    return [case]


def _wishes(products: Sequence[int]) -> list[dict[str, int]]:
    return [{"product_id": product, "quantity": 1} for product in products]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.inventory", description=__doc__)
    parser.add_argument("case", nargs="*", help="all when none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--customers", choices=["s", "m", "l"], default="l", help="how much demo data there is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
