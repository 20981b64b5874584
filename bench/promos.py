"""`python -m bench.promos`: units of promos held and refused a second, and what a customer may buy among 10,000 promos.

Each buyer is a customer with a session of their own, and they ask in turn; nobody asks twice for the same promo in a
run. Sold out is refused by what the process keeps in mind for a quarter of a second, all held by a read without a lock.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

from app.core import jsons
from app.operations.demo.buyers import Buyer
from bench import market, report, rounds
from bench.cases import Case
from bench.figures import BenchError
from bench.hello import TOKEN
from bench.inventory import SIGNED
from bench.rounds import Plan
from bench.stack import Stack, running
from devstack.errors import StackError

HOLDS, ELIGIBLE = "/api/v1/promo-reservations", "/api/v1/flash-promos/eligible"
MANY_BUYERS, MANY_PROMOS, WORLDWIDE = 20_000, 200, 10_000
FACTS = """
    INSERT INTO promos (product_id, promo_price, starts_at, ends_at, audience, max_distance_km, quantity,
        per_customer_limit, activated_at, south, north, west, east)
"""
# The first had a hundred units and is sold out, of the second every unit is held, the others never run out.
PROMOS = f"""
    WITH made AS (
        {FACTS}
        SELECT id, 9, clock_timestamp() - interval '1 h', clock_timestamp() + interval '1 day', 'all', NULL, 1000000, 1,
            clock_timestamp(), -90, 90, -180, 180
        FROM unnest(%s::bigint[]) AS id RETURNING id
    )
    INSERT INTO promo_stock (promo_id, allotted) SELECT id, 1000000 FROM made RETURNING promo_id
"""  # noqa: S608 - constants
AROUND_THE_WORLD = f"""
    WITH places AS (
        INSERT INTO stores (name, latitude, longitude, timezone)
        SELECT 'Far ' || i, -80 + 160.0 * (i / 100) / 100, -180 + 360.0 * (i %% 100) / 100, 'UTC'
        FROM generate_series(0, %s - 1) AS i RETURNING id, latitude, longitude
    ), goods AS (
        INSERT INTO products (store_id, sku, name, price) SELECT id, 'FAR-' || id, 'Tea', 20 FROM places
        RETURNING id, store_id
    ), made AS (
        {FACTS}
        SELECT g.id, 9, clock_timestamp() - interval '1 h', clock_timestamp() + interval '1 day', 'all', 300, 5, 1,
            clock_timestamp(), latitude - 2.7, latitude + 2.7, longitude - 16, longitude + 16
        FROM goods AS g JOIN places AS s ON s.id = g.store_id RETURNING id
    )
    INSERT INTO promo_stock (promo_id, allotted) SELECT id, 5 FROM made
"""  # noqa: S608 - constants
AT_HOME = "UPDATE customers SET latitude = 0, longitude = 0 WHERE id = ANY (%s); ANALYZE"
ANEW = """
    TRUNCATE promo_holds;
    UPDATE promo_stock SET allotted = 100, sold = 100 WHERE promo_id = %s;
    UPDATE promo_stock SET held = CASE WHEN promo_id = %s THEN allotted ELSE 0 END WHERE promo_id = ANY (%s)
"""
ONE_LASTS = """
    INSERT INTO promo_holds (id, promo_id, user_id, price, expires_at)
    VALUES (gen_random_uuid(), %s, %s, 9, clock_timestamp() + interval '1 day')
"""


def main() -> int:
    """Measure and print."""
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home,
            running(Path(home), workers=options.workers) as stack,
        ):
            crowd = market.crowd(stack, "s", MANY_BUYERS)
            promos = on_sale(stack, crowd)
            cases = [
                case for case in _cases(promos, crowd, Path(home)) if not options.case or case.name in options.case
            ]
            plan = Plan(options.seconds, options.rounds, options.connections, True, SIGNED, TOKEN)  # noqa: FBT003
            results = rounds.measure(stack, cases, plan, lambda: anew(stack, promos, crowd))
    except (BenchError, StackError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    facts = {"generator": rounds.generator().__name__, "buyers": MANY_BUYERS, "yardstick": SIGNED.name}
    print(report.table(results, report.circumstances(**facts, **vars(options))))
    return 0


def _cases(promos: Sequence[int], crowd: Sequence[Buyer], folder: Path) -> Iterator[Case]:
    sold, held, hot, *others = promos
    post: dict[str, Any] = {"path": HOLDS, "method": "POST"}
    yield Case(name="holds of one promo", crowd=asked(folder / "one", crowd, [hot]), **post)
    yield Case(name="holds over 200 promos", crowd=asked(folder / "many", crowd, others), **post)
    yield Case(name="refused, sold out", crowd=asked(folder / "sold", crowd, [sold]), refused=True, **post)
    yield Case(name="refused, all held", crowd=asked(folder / "held", crowd, [held]), refused=True, **post)
    yield Case(name="eligible among 10,000", path=ELIGIBLE, crowd=market.asked(folder / "may", crowd[:500], [""]))


def asked(file: Path, crowd: Sequence[Buyer], promos: Sequence[int]) -> str:
    """A line for each pair of a promo and a buyer, buyers in turn; at most so many as there are buyers."""
    pairs = islice(zip(crowd, _in_turn(promos), strict=False), len(crowd))
    lines = (
        f"Authorization: Bearer {buyer.token}\t{jsons.dump({'promo_id': promo}).decode()}\n" for buyer, promo in pairs
    )
    file.write_text("".join(lines), encoding="utf-8")
    return str(file)


def _in_turn(promos: Sequence[int]) -> Iterator[int]:
    return (promo for _, promo in product(range(MANY_BUYERS), promos))


def on_sale(stack: Stack, crowd: Sequence[Buyer]) -> list[int]:
    """The promos: one that is sold out, one of which all is held, and those that never run out."""
    goods = market.shelves(stack)
    market.rows(stack, AROUND_THE_WORLD, [WORLDWIDE])
    market.rows(stack, AT_HOME, [[buyer.id for buyer in crowd]])
    return sorted(promo for (promo,) in market.rows(stack, PROMOS, [goods]))


def anew(stack: Stack, promos: Sequence[int], crowd: Sequence[Buyer]) -> None:
    """Nothing is held but what the second promo holds."""
    sold, held, *others = promos
    market.rows(stack, ANEW, [sold, held, [held, *others]])
    market.rows(stack, ONE_LASTS, [held, crowd[0].id])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.promos", description=__doc__)
    parser.add_argument("case", nargs="*", help="all when none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
