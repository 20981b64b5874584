"""Clients that change things without a pause, and what they were promised."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg2
import requests

from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew, ask, states
from tests.processes.stack import Stack

STORES, BEAT = "/api/v1/stores", "/api/v1/schedules/jobs.beat/run"
PRODUCTS, RESERVATIONS, ORDERS = "/api/v1/products", "/api/v1/reservations", "/api/v1/orders"
PROMOS, HOLDS = "/api/v1/flash-promos", "/api/v1/promo-reservations"
UNITS = 5
JOBS = {"probe.effect": 4, "probe.batch": 10, "probe.outside": 2, "probe.heavy": 1}
PLACE = {"latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}
# Customers to whom no mail is written, as none is ever taken here, and a segment of them.
BUYERS = """
    WITH made AS (
        INSERT INTO users (username, email, password_hash, role)
        SELECT %s || n, %s || n || '@load.invalid', '', 'customer' FROM generate_series(1, %s) AS n
        RETURNING id, created_at
    ),
    enrolled AS (INSERT INTO customers (id, joined_at) SELECT id, created_at FROM made RETURNING id),
    segment AS (INSERT INTO segments (name) VALUES (%s) RETURNING id)
    SELECT segment.id, enrolled.id FROM segment, enrolled ORDER BY enrolled.id
"""
MEMBERS = "INSERT INTO memberships (segment_id, customer_id) SELECT %s, unnest(%s::bigint[])"
BOUGHT = """
    SELECT o.id::text, o.status, h.state, h.returned_at IS NOT NULL
    FROM orders AS o LEFT JOIN promo_holds AS h ON h.order_id = o.id WHERE o.user_id = ANY (%s)
"""
PROMO = "SELECT allotted, held, sold, (SELECT count(*)::int FROM promo_holds WHERE promo_id = %s) FROM promo_stock"
PAUSE = 0.1
LONGEST_OUTAGE = 75.0


def on_sale(product_id: int, units: int, **facts: Any) -> dict[str, Any]:
    """The wish for a promo that runs from now on, for all and anywhere."""
    begins = datetime.now(UTC)
    wish: dict[str, Any] = {"product_id": product_id, "quantity": units, "promo_price": "0.50", "is_active": True}
    wish |= {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(days=1)).isoformat()}
    return wish | {"audience": "all", "max_distance_km": None} | facts


class Load:
    """What was asked for and promised; a change that was not promised is asked for again under the same key."""

    def __init__(self, web: Stack, visitors: int) -> None:
        self.web, self.over, self.token = web, threading.Event(), web.token()
        self.run = uuid4().hex[:8]
        self.calls = web.home / f"calls-{self.run}"
        self.promised: list[tuple[float, str]] = []
        self.keys: list[str] = []
        self.unknown: list[str] = []
        self.refused: Counter[int] = Counter()
        self.product_id = self._product("LOAD")
        self.buyers, self.promo_id = self._promo(visitors)
        self.held: list[str] = []
        self.bought: list[str] = []
        self.ordered: list[str] = []
        self.cut = 0
        self.faults: list[str] = []

    def visit(self, number: int) -> None:
        """Open a store, ask for a job, hold a unit and give it back, buy, again and again, until all are promised."""
        hold: dict[str, object] = {"product_id": self.product_id, "quantity": 1}
        for turn in self._turns():
            name = f"{self.run}-{number}-{turn}"
            for path, body in ((STORES, PLACE | {"name": name}), (BEAT, {})):
                self._until_promised("POST", path, body, name)
            held = self._until_promised("POST", RESERVATIONS, hold, name)
            if held is not None:
                self.held.append(held["id"])
                self._until_promised("DELETE", f"{RESERVATIONS}/{held['id']}", None, name)
            self.promised.append((time.monotonic(), name))
            self._buy(self.buyers[number], name)

    def _buy(self, buyer: int, name: str) -> None:
        """Buy a unit of the promo and one from the shelf, and think better of both."""
        hold: dict[str, object] = {"promo_id": self.promo_id, "customer_id": buyer}
        order: dict[str, object] = {"items": [{"product_id": self.product_id, "quantity": 1}], "customer_id": buyer}
        if held := self._until_promised("POST", HOLDS, hold, name):
            self._think_better(self.bought, self._until_promised("POST", f"{HOLDS}/{held['id']}/complete", None, name))
        self._think_better(self.ordered, self._until_promised("POST", ORDERS, order, name))

    def _think_better(self, kept: list[str], order: Any) -> None:
        if order is not None:
            kept.append(order["id"])
            self._until_promised("POST", f"{ORDERS}/{order['id']}/cancel", None, order["id"])

    def ask(self, number: int) -> None:
        """Ask for jobs of each kind in a commit; of one whose answer was lost nobody knows whether it was made."""
        for turn in self._turns():
            for name, many in JOBS.items():
                key = f"{name}-{self.run}-{number}-{turn}"
                more: dict[str, Any] = {"file": str(self.calls)} if name == "probe.outside" else {}
                try:
                    self.keys += ask(self.web, name, many, key=key, **more)
                except psycopg2.Error:
                    self.unknown += [f"{key}-{each}" for each in range(many)]

    def promised_since(self, moment: float) -> int:
        """How often both were promised after that moment."""
        return sum(at > moment for at, _ in list(self.promised))

    def is_there_once(self) -> None:
        """Every change that was promised is there, and none twice."""
        assert self.faults == []
        names = Counter(name for _, name in self.promised)
        stores = self.web.sql("SELECT name FROM stores WHERE name LIKE %s", f"{self.run}-%")
        beats = self.web.sql("SELECT count(*) FROM jobs WHERE name = 'jobs.beat' AND state = 'done'")
        assert Counter(name for (name,) in stores) == names
        assert beats == [(len(names),)]
        holds = self.web.sql("SELECT id::text, state FROM stock_holds WHERE product_id = %s", self.product_id)
        assert sorted(holds) == sorted((held, "released") for held in self.held)
        stock = self.web.sql("SELECT available, reserved FROM product_stock WHERE product_id = %s", self.product_id)
        assert stock == [(UNITS, 0)]
        orders: dict[str, tuple[str, str | None, bool]] = dict.fromkeys(self.bought, ("CANCELLED", "completed", True))
        orders |= dict.fromkeys(self.ordered, ("CANCELLED", None, False))
        assert {row[0]: row[1:] for row in self.web.sql(BOUGHT, self.buyers)} == orders
        sold = self.web.sql(f"{PROMO} WHERE promo_id = %s", self.promo_id, self.promo_id)
        assert sold == [(UNITS, 0, 0, len(self.bought))]
        assert {key for key in self.keys if "outside" in key} <= set(self.calls.read_text().split())

    def _turns(self) -> Iterator[int]:
        for turn in count():
            if self.over.is_set():
                return
            yield turn
            self.over.wait(PAUSE)

    def _until_promised(self, method: str, path: str, body: dict[str, object] | None, key: str) -> Any:
        """What is promised; None when it never is, or nothing is to be told."""
        deadline = time.monotonic() + LONGEST_OUTAGE
        while True:
            promised, answer = self._asked(method, path, body, key)
            if promised:
                return answer
            if time.monotonic() > deadline:
                self.faults.append(f"{path} {key} was never promised")
                return None
            time.sleep(PAUSE)

    def _asked(self, method: str, path: str, body: dict[str, object] | None, key: str) -> tuple[bool, Any]:
        try:
            answer = self.web.call(method, path, token=self.token, json=body, headers={"Idempotency-Key": key})
        except requests.RequestException:
            self.cut += 1
            return False, None
        if answer.status_code in {200, 201, 204}:
            return True, answer.json() if answer.content else None
        self.refused[answer.status_code] += 1
        if answer.status_code not in {409, 503} or "Retry-After" not in answer.headers:
            self.faults.append(f"{answer.status_code} {answer.text}")
            return True, None
        return False, None

    def close(self) -> None:
        """Nothing is on sale any more."""
        self._until_promised("POST", f"{PROMOS}/{self.promo_id}/end", None, f"end-{self.run}")
        assert self.faults == []

    def _promo(self, visitors: int) -> tuple[list[int], int]:
        """Those who buy, and the promo that is for them alone."""
        rows = self.web.sql(BUYERS, self.run, self.run, visitors, self.run)
        (segment_id, _), buyers = rows[0], [buyer for _, buyer in rows]
        self.web.sql(MEMBERS, segment_id, buyers)
        theirs = {"audience": "segments", "segment_ids": [segment_id]}
        return buyers, self._made(PROMOS, on_sale(self._product("PROMO"), UNITS, **theirs))

    def _product(self, name: str) -> int:
        wish = {"store_id": 1, "sku": f"{name}-{self.run}", "name": name, "price": 1, "total_stock": UNITS}
        return self._made(PRODUCTS, wish | {"low_stock_threshold": 0})  # nobody is told by mail that it runs low

    def _made(self, path: str, wish: dict[str, Any]) -> int:
        answer = self.web.patiently("POST", path, token=self.token, json=wish)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


@contextmanager
def load(web: Stack, *, visitors: int = 4, askers: int = 1) -> Iterator[Load]:
    """The load until the block ends."""
    made = Load(web, visitors)
    calls: list[tuple[Callable[[int], None], int]] = [(made.visit, number) for number in range(visitors)]
    calls += [(made.ask, number) for number in range(askers)]
    with going_on(made.over, [partial(call, number) for call, number in calls]):
        yield made


@contextmanager
def going_on(over: threading.Event, acts: Iterable[Callable[[], None]]) -> Iterator[None]:
    """Each of these in a thread, until the block ends; they stop when they see that it is over."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def under_load(web: Stack, crew: Crew) -> Iterator[Load]:
    """The crew (one of each unless it was chosen) under load; after the block, all that was asked for is done once."""
    crew.environment |= {"JOBS_ATTEMPTS": "100"}
    for role in () if crew.members else (SCHEDULER, WORKER, HEAVY_WORKER):
        crew.keep(*role)
    with load(web) as clients:
        crew.until(lambda: clients.promised_since(0) > 5 and states(web)["done"] > 20, "the load is being done")
        yield clients
    crew.rests(clients.keys, clients.unknown)
    clients.is_there_once()
    clients.close()
