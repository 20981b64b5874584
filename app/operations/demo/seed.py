"""Demo data in three sizes. A larger one holds the smaller ones, so it can be added to what is there.

Everything is drawn from generators that are seeded by the name of what they make: on an empty database the same rows
come out each time, with times counted back from the database's clock. What was put in is told once in the audit log
(`demo.seeded`), and that is how a second run knows. One transaction: all of a size, or nothing of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.customers.service import members, segments
from app.operations import queries
from app.operations.demo import people, purse, sales, shelves
from app.operations.demo.people import Crowd
from app.operations.demo.places import places

CHUNK = 10_000
LOGINS = tuple(f"customer{number}" for number in range(1, 4))
MEMBERS = 25


@dataclass(frozen=True)
class Scale:
    """What one size adds to the sizes below it, by number."""

    name: str
    stores: range
    products: range
    customers: range


SCALES = (
    Scale("s", range(5), range(60), range(500)),
    Scale("m", range(5, 50), range(60, 5_000), range(500, 50_000)),
    Scale("l", range(50, 500), range(5_000, 50_000), range(50_000, 1_000_000)),
)
SEGMENTS = (
    ("New here", "Joined within the last month", "all", [{"type": "joined_within", "days": 30}]),
    ("Regulars", "Came back lately", "all", [{"type": "ordered", "at_least": 3, "within_days": 90}]),
    ("Best customers", "Spent most", "all", [{"type": "spent", "at_least": "500.00"}]),
    ("Neighbours", "Live around the first store", "all", [{"type": "near_store", "km": 5.0}]),
    (
        "Regulars next door",
        "Come often and live near the first store",
        "all",
        [{"type": "near_store", "km": 10.0}, {"type": "ordered", "at_least": 2, "within_days": 365}],
    ),
)

Watch = Callable[[Sequence[range], str], Iterable[range]]


def grow(name: str, watched: Watch = lambda chunks, _: chunks) -> Iterator[str]:
    """Add what is missing up to this size; yields a sentence for each size that was added."""
    db.flush()
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        db.session().execute(text(f"SET LOCAL {limit} = 0"))
    there = queries.seeded_sizes()
    wanted = SCALES[: [scale.name for scale in SCALES].index(name) + 1]
    missing = [scale for scale in wanted if scale.name not in there]
    for scale in missing:
        yield _add(scale, watched)
    if missing:
        db.session().execute(text("ANALYZE users, customers, products, product_stock, stock_movements"))
    else:
        yield f"Demo data of size {name} is there already: nothing changed."


def _add(scale: Scale, watched: Watch) -> str:
    stores = shelves.open_stores(scale.stores)
    chance = Random(f"products {scale.name}")  # noqa: S311 - the same each time, that is the point
    for chunk in watched(_chunks(scale.products), "Products "):
        shelves.fill(chunk, stores, chance)
    made = _enrolled(scale, watched)
    if not scale.stores.start:
        people.settle(LOGINS, next(places(range(1))))
        _make_segments(stores[0], made[:MEMBERS])
        sales.plan(stores[-1], queries.now())
        known = queries.customers_named("customer")
        purse.fill([known[name] for name in LOGINS if name in known])
    many = {name: len(getattr(scale, name)) for name in ("stores", "products", "customers")}
    audit.record(queries.SEEDED, object_type="demo", object_id=scale.name, new=many)
    return f"Demo data {scale.name}: " + ", ".join(f"{number:,} {what}" for what, number in many.items())


def _enrolled(scale: Scale, watched: Watch) -> list[int]:
    """The ids of the customers of this size."""
    chance = Random(f"customers {scale.name}")  # noqa: S311 - the same each time, that is the point
    crowd = Crowd(list(places(range(scale.stores.stop))), queries.now(), chance)
    ids: list[int] = []
    for chunk in watched(_chunks(scale.customers), "Customers"):
        ids += people.enrol(chunk, crowd)
    return ids


def _chunks(numbers: range) -> list[range]:
    return [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]


def _make_segments(store_id: int, by_hand: Sequence[int]) -> None:
    for name, description, match, rules in SEGMENTS:
        placed = [rule | {"store_id": store_id} if rule["type"] == "near_store" else rule for rule in rules]
        segments.create_segment(name=name, description=description, rules={"match": match, "rules": placed})
    friends = segments.create_segment(name="Friends of the house", description="Chosen by hand")
    members.add_members(segment_id=friends.id, customer_ids=by_hand)
