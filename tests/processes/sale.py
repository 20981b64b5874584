"""Promos, buyers and counters as tests of running processes see them; every promo is ended at the end."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import requests

from app.core import context, db
from app.operations.demo.buyers import Buyer
from app.orders.service import steps
from app.promos.service import holds, lifecycle
from tests.processes.load import HOLDS, PROMOS, going_on, on_sale
from tests.processes.shelf import Shelf
from tests.processes.stack import DATABASE

COUNTERS = """
    SELECT s.allotted, s.held, s.sold, s.returned, (
        SELECT count(*) FROM promo_holds WHERE promo_id = s.promo_id AND state = 'held'
    )::int, (
        SELECT count(*) FROM promo_holds
        WHERE promo_id = s.promo_id AND state = 'completed' AND returned_at IS NULL
    )::int FROM promo_stock AS s WHERE s.promo_id = %s
"""
# Whoever waits for one hold while they have locked another can be waited for in turn; no verb of the product does.
LAPSE = """
    UPDATE promo_holds SET expires_at = clock_timestamp() WHERE id = ANY (ARRAY(
        SELECT id FROM promo_holds WHERE state = 'held' AND promo_id = ANY (%s) FOR UPDATE SKIP LOCKED
    ))
"""
LATER = "UPDATE orders SET pay_by = clock_timestamp() + interval '1 day' WHERE status = 'PENDING'"


def after(seconds: float) -> str:
    """The moment so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@dataclass
class Sale:
    """A running stack with products and buyers, and the promos of a test."""

    shelf: Shelf
    promos: list[int] = field(default_factory=list)

    def promo(self, units: int, *, product_id: int | None = None, **facts: Any) -> int:
        """The id of a promo that runs for an hour, for all, anywhere."""
        hour = {"promo_price": "9.90", "starts_at": after(-1), "ends_at": after(3600)}
        wish = on_sale(product_id or self.shelf.product(units), units, **hour | facts)
        answer = self.shelf.web.patiently("POST", PROMOS, token=self.shelf.token, json=wish)
        assert answer.status_code == 201, answer.text
        made = int(answer.json()["id"])
        self.promos.append(made)
        return made

    def hold(self, buyer: Buyer, promo_id: int, key: str = "") -> requests.Response:
        """The answer to the wish for a unit."""
        headers = {"Idempotency-Key": key} if key else {}
        wish = {"promo_id": promo_id}
        return self.shelf.web.patiently("POST", HOLDS, token=buyer.token, json=wish, headers=headers)

    def complete(self, buyer: Buyer, hold_id: str) -> requests.Response:
        """The answer to the wish to buy it."""
        return self.shelf.web.patiently("POST", f"{HOLDS}/{hold_id}/complete", token=buyer.token)

    def release(self, buyer: Buyer, hold_id: str) -> requests.Response:
        """The answer to giving it back."""
        return self.shelf.web.patiently("DELETE", f"{HOLDS}/{hold_id}", token=buyer.token)

    def do(self, promo_id: int, verb: str) -> requests.Response:
        """The answer to an operator's verb."""
        return self.shelf.web.patiently("POST", f"{PROMOS}/{promo_id}/{verb}", token=self.shelf.token)

    def sweep(self) -> int:
        """How many holds the sweep of this moment ends."""
        return self._job(holds.expire_due)

    def close_over(self) -> int:
        """How many promos that are over are closed now."""
        return self._job(lifecycle.close_over)

    def expire_unpaid(self) -> int:
        """How many orders are undone that were not paid in time."""
        return self._job(steps.expire_unpaid)

    def _job(self, call: Any) -> int:
        with self.shelf.app.app_context(), context.surroundings(source="job"), db.transaction():
            return int(call())

    def counters(self, promo_id: int) -> tuple[int, int, int, int]:
        """Allotted, held, sold and returned; what is held and sold is what its holds are."""
        ((allotted, held, sold, returned, live, bought),) = self.shelf.web.sql(COUNTERS, promo_id)
        assert (held, sold) == (live, bought)
        return allotted, held, sold, returned

    def lapse(self, *promos: int) -> None:
        """Every hold of these promos is over at this instant."""
        self.shelf.web.sql(LAPSE, list(promos))

    def over(self) -> None:
        """Every promo is ended, nothing is held any more, and the books are right."""
        for promo_id in self.promos:
            assert self.do(promo_id, "end").status_code in {200, 409}
        self.lapse(*self.promos)
        while self.sweep():
            pass
        self.close_over()
        self.shelf.web.sql(LATER)
        self.shelf.web.abandon_jobs()
        self.shelf.is_sound()


@contextmanager
def watched(sale: Sale, promo_id: int) -> Iterator[list[tuple[int, ...]]]:
    """Everything that a reader sees of a promo's counters during the block, each time all at one instant."""
    seen: list[tuple[int, ...]] = []
    over = threading.Event()
    connection = psycopg2.connect(sale.shelf.web.postgres.url(DATABASE))
    connection.autocommit = True

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.is_set():
                cursor.execute(COUNTERS, [promo_id])
                seen.extend(cursor.fetchall())

    with closing(connection), going_on(over, [look]):
        yield seen
    assert seen
    for allotted, held, sold, returned, live, bought in set(seen):
        assert held + sold + returned <= allotted
        assert (held, sold) == (live, bought)
