"""Products, buyers and counters as tests of running processes see them; what they hold is given back at the end."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import psycopg2
import requests

from app.core import context, db
from app.core.settings import load
from app.core.web import HoldfastApp
from app.factory import create_app
from app.inventory.service import holds
from app.operations.demo import buyers
from app.operations.demo.buyers import Buyer
from tests.processes.load import going_on
from tests.processes.stack import DATABASE, FLASK, Stack, eventually

PRODUCTS, RESERVATIONS = "/api/v1/products", "/api/v1/reservations"
LANES = 50
# Longer than PostgreSQL takes to find a deadlock: one that there is comes to light as what it is.
PATIENT = {"DB_LOCK_TIMEOUT_MS": "20000", "DB_STATEMENT_TIMEOUT_MS": "20000"}
COUNTERS = """
    SELECT s.total, s.available, s.reserved, (
        SELECT coalesce(sum(quantity), 0)::int FROM stock_holds WHERE product_id = s.product_id AND state = 'held'
    ) FROM product_stock AS s WHERE s.product_id = %s
"""
WAITING = "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
LAPSE = """
    UPDATE stock_holds SET expires_at = clock_timestamp() WHERE id = ANY (ARRAY(
        SELECT id FROM stock_holds WHERE state = 'held' FOR UPDATE SKIP LOCKED
    ))
"""

Given = TypeVar("Given")
Taken = TypeVar("Taken")


@dataclass(frozen=True)
class Shelf:
    """A running stack, and this very database entered from here too."""

    web: Stack
    app: HoldfastApp
    token: str

    def product(self, units: int, **facts: Any) -> int:
        """The id of a new product with so many units."""
        wish = {"store_id": 1, "sku": f"T-{uuid4().hex}", "name": "Green tea", "price": "19.90", "total_stock": units}
        wish["low_stock_threshold"] = 0  # nobody is told by mail that it runs low
        answer = self.web.patiently("POST", PRODUCTS, token=self.token, json=wish | facts)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def buyers(self, many: int) -> list[Buyer]:
        """So many customers who are signed in."""
        with self.app.app_context(), context.surroundings(source="cli"), db.transaction():
            return buyers.signed_in(many)

    def hold(self, buyer: Buyer, product_id: int, quantity: int = 1, key: str = "") -> requests.Response:
        """The answer to a reservation."""
        wish = {"product_id": product_id, "quantity": quantity}
        headers = {"Idempotency-Key": key} if key else {}
        return self.web.patiently("POST", RESERVATIONS, token=buyer.token, json=wish, headers=headers)

    def release(self, buyer: Buyer, hold_id: str) -> requests.Response:
        """The answer to giving it back."""
        return self.web.patiently("DELETE", f"{RESERVATIONS}/{hold_id}", token=buyer.token)

    def sweep(self) -> int:
        """How many holds the sweep of this moment ends."""
        with self.app.app_context(), context.surroundings(source="job"), db.transaction():
            return holds.expire_due()

    def counters(self, product_id: int) -> tuple[int, int, int]:
        """Total, available and reserved; what is reserved is what is held."""
        ((total, available, reserved, held),) = self.web.sql(COUNTERS, product_id)
        assert reserved == held
        return total, available, reserved

    def is_sound(self) -> None:
        """No invariant is broken."""
        checked = self.web.run(*FLASK, "invariants")
        assert checked.returncode == 0, checked.stdout + checked.stderr


@contextmanager
def shelf_of(web: Stack) -> Iterator[Shelf]:
    """A shelf; afterwards nothing is held, so that nothing lapses while other tests run."""
    web.abandon_jobs()
    app = create_app(load(web.environment | PATIENT))
    made = Shelf(web, app, web.token())
    try:
        yield made
    finally:
        web.sql(LAPSE)
        while made.sweep():
            pass
        web.abandon_jobs()
        with app.app_context():
            db.db.engine.dispose()


@contextmanager
def watched(shelf: Shelf, product_id: int) -> Iterator[list[tuple[int, ...]]]:
    """Everything that a reader sees of a product's counters during the block, each time all at one instant."""
    seen: list[tuple[int, ...]] = []
    over = threading.Event()
    connection = psycopg2.connect(shelf.web.postgres.url(DATABASE))
    connection.autocommit = True

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute(COUNTERS, [product_id])
                seen.extend(cursor.fetchall())

    with closing(connection), going_on(over, [look]):
        yield seen


def were_sound(seen: Sequence[tuple[int, ...]]) -> None:
    """At each instant the counters added up, and what was reserved was held."""
    assert seen
    for total, available, reserved, held in set(seen):
        assert total == available + reserved
        assert min(available, reserved) >= 0
        assert reserved == held


def at_once(act: Callable[[Given], Taken], many: Iterable[Given], lanes: int = LANES) -> list[Taken]:
    """What each of them gets; so many act at the same moment."""
    with ThreadPoolExecutor(lanes) as pool:
        return list(pool.map(act, many))


def told(answers: Iterable[requests.Response]) -> Counter[tuple[int, str]]:
    """How often each answer was given."""
    return Counter((each.status_code, "" if each.status_code < 400 else each.json()["code"]) for each in answers)


def meeting(shelf: Shelf, row: str, acts: Sequence[Callable[[], Taken]]) -> list[Taken]:
    """What each of these acts gets when all of them have to wait because somebody keeps a row to themselves."""
    connection = psycopg2.connect(shelf.web.postgres.url(DATABASE))
    with ThreadPoolExecutor(len(acts)) as pool, closing(connection), connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {row} FOR UPDATE")
        asked = [pool.submit(act) for act in acts]
        eventually(lambda: shelf.web.sql(WAITING) == [(len(acts),)] or any(map(Future.done, asked)), "all of them wait")
        connection.rollback()
        return [each.result() for each in asked]


@contextmanager
def held_up(shelf: Shelf, many: int = 1) -> Iterator[ThreadPoolExecutor]:
    """So many requests wait for a product that somebody has locked, until the block ends; then they are answered."""
    product, buyers = shelf.product(many), shelf.buyers(many)
    with ThreadPoolExecutor(1000) as pool, closing(psycopg2.connect(shelf.web.postgres.url(DATABASE))) as holder:
        holder.cursor().execute("SELECT FROM product_stock WHERE product_id = %s FOR UPDATE", [product])
        asked = [pool.submit(shelf.hold, buyer, product) for buyer in buyers]
        eventually(lambda: shelf.web.sql(WAITING) == [(many,)], "they wait for the lock")
        yield pool
        holder.rollback()
        assert {each.result().status_code for each in asked} == {201}
