"""Requests that come at their time whether or not others are answered, most of them POSTs; and what became of each.

Connections are kept as deploy/nginx keeps them: one that was idle for a second, or that the server closes, is given
up. No request is sent twice, so what is not answered is lost.
"""

import json
import selectors
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import uuid4

from bench.cases import Case
from bench.sockets import Connection, request_of
from tests.processes.load import (
    BUYERS,
    HOLDS,
    ORDERS,
    PLACE,
    PRODUCTS,
    PROMOS,
    RESERVATIONS,
    STORES,
    going_on,
    on_sale,
)
from tests.processes.stack import Stack

IDLE, PATIENCE = 1.0, 30.0
# Method, place, and whether it has an Idempotency-Key; before each of these, something is read.
UNKEYED = (STORES, RESERVATIONS, HOLDS, ORDERS)
WRITES = (*(("POST", place, False) for place in UNKEYED), ("POST", ORDERS, True))
READS = (("GET", f"{STORES}/1", False), ("GET", PRODUCTS, False))
ROUND = tuple(chain.from_iterable((READS[number % 2], write) for number, write in enumerate(WRITES)))
# One buyer after the other holds a unit of a promo, then all of the next one: enough pairs for the longest run.
MANY, BUYING = 20, 400


@dataclass
class Kept(Connection):
    """A connection, and for which request it waits."""

    request: str = ""


class Arrivals:
    """So many requests a second."""

    def __init__(self, web: Stack, rate: float) -> None:
        self.web, self.rate, self.run = web, rate, uuid4().hex[:8]
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{web.port}"
        self.token = web.token()
        self.products = [self._product(number) for number in range(MANY)]
        self.promos = [self._made(PROMOS, on_sale(product, 100_000)) for product in self.products]
        self.buyers = [buyer for _, buyer in web.sql(BUYERS, self.run, self.run, BUYING, self.run)]
        self.sent: list[str] = []
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []
        self.longest = 0.0
        self._idle: deque[Kept] = deque()
        self._asked: set[str] = set()

    def go_on(self) -> None:
        """Send what is due and take what is answered, until it is over and nobody waits any more."""
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            while not self.over.is_set():
                self._hear_all(selector, 0.002)
                while began + len(self.sent) / self.rate <= time.monotonic():
                    self._send(selector)
            ended = time.monotonic()
            while self._asked and time.monotonic() < ended + PATIENCE:
                self._hear_all(selector, 0.1)
            for key in list(selector.get_map().values()):
                key.data.socket.close()
        self.faults += [f"{request}: no answer" for request in self._asked]

    def nothing_is_lost(self) -> None:
        """Each was answered with success, and what was asked for is there once."""
        assert not self.faults, self.faults[:5]
        assert self.answers.total() == len(self.sent)
        stores = self.web.sql("SELECT name FROM stores WHERE name LIKE %s", f"{self.run}-%")
        assert Counter(name for (name,) in stores) == Counter(self._sent_to(f"POST {STORES}"))
        orders = self.web.sql("SELECT count(*)::int FROM orders WHERE user_id = ANY (%s)", self.buyers)
        assert orders == [(len(self._sent_to(f"POST {ORDERS}")),)]
        held = self.web.sql("SELECT count(*)::int FROM stock_holds WHERE product_id = ANY (%s)", self.products)
        assert held == [(len(self._sent_to(f"POST {RESERVATIONS}")),)]
        on_promos = self.web.sql("SELECT count(*)::int FROM promo_holds WHERE promo_id = ANY (%s)", self.promos)
        assert on_promos == [(len(self._sent_to(f"POST {HOLDS}")),)]

    def _product(self, number: int) -> int:
        wish = {"store_id": 1, "sku": f"{self.run}-{number}", "name": "Tea", "price": 1, "total_stock": 1_000_000}
        return self._made(PRODUCTS, wish)

    def _made(self, path: str, wish: dict[str, Any]) -> int:
        answer = self.web.call("POST", path, token=self.token, json=wish)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def _sent_to(self, place: str) -> list[str]:
        return [request.split()[2] for request in self.sent if request.startswith(f"{place} ")]

    def _send(self, selector: selectors.BaseSelector) -> None:
        number = len(self.sent)
        method, path, keyed = ROUND[number % len(ROUND)]
        name = f"{self.run}-{number}"
        request = f"{method} {path} {name}"
        self.sent.append(request)
        self._asked.add(request)
        try:
            connection = self._connection(selector)
            connection.request = request
            connection.send(self._bytes(method, path, name, keyed=keyed))
        except OSError as fault:
            self._fault(request, repr(fault))

    def _bytes(self, method: str, path: str, name: str, *, keyed: bool) -> bytes:
        turn = len(self.sent) // len(ROUND)
        buyer, promo = self.buyers[turn % BUYING], self.promos[turn // BUYING % MANY]
        item = {"product_id": self.products[turn % MANY], "quantity": 1}
        wishes: dict[str, dict[str, Any]] = {
            STORES: PLACE | {"name": name},
            RESERVATIONS: item,
            HOLDS: {"promo_id": promo, "customer_id": buyer},
            ORDERS: {"items": [item], "customer_id": buyer},
        }
        body = "" if method == "GET" else json.dumps(wishes[path])
        case = Case(name=name, path=path, method=method, body=body, headers={"Idempotency-Key": name} if keyed else {})
        return request_of(self.url, case, case.request_headers(self.token), body)

    def _connection(self, selector: selectors.BaseSelector) -> Kept:
        """The one that was used last; those that were idle for too long are given up."""
        while self._idle and time.perf_counter() - self._idle[0].sent_at > IDLE:
            self._close(selector, self._idle.popleft())
        if self._idle:
            return self._idle.pop()
        made = Kept(socket.create_connection(("127.0.0.1", self.web.port), timeout=5))
        selector.register(made.socket, selectors.EVENT_READ, made)
        return made

    def _hear_all(self, selector: selectors.BaseSelector, wait: float) -> None:
        for key, _ in selector.select(wait):
            self._hear(selector, key.data)

    def _hear(self, selector: selectors.BaseSelector, connection: Kept) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
            self._close(selector, connection)
            return
        try:
            status = connection.status()
        except OSError as fault:
            self._fault(connection.request, repr(fault))
            self._close(selector, connection)
            return
        if status is not None:
            self._answered(selector, connection, status)

    def _answered(self, selector: selectors.BaseSelector, connection: Kept, status: int) -> None:
        self._asked.discard(connection.request)
        self.longest = max(self.longest, time.perf_counter() - connection.sent_at)
        if 200 <= status < 300:
            self.answers[f"{connection.request.rsplit(' ', 1)[0]} {status}"] += 1
        else:
            self._fault(connection.request, f"{status} {bytes(connection.received)[-300:]!r}")
        head = bytes(connection.received).partition(b"\r\n\r\n")[0].lower()
        if status and b"connection: close" not in head:
            connection.sent_at = time.perf_counter()
            self._idle.append(connection)
        else:
            self._close(selector, connection)

    def _close(self, selector: selectors.BaseSelector, connection: Kept) -> None:
        selector.unregister(connection.socket)
        connection.socket.close()

    def _fault(self, request: str, what: str) -> None:
        self._asked.discard(request)
        self.faults.append(f"{request}: {what}")


@contextmanager
def arriving(web: Stack, rate: float) -> Iterator[Arrivals]:
    """Requests until the block ends; after it, none of them is lost."""
    made = Arrivals(web, rate)
    with going_on(made.over, [made.go_on]):
        yield made
    print(f"{len(made.sent)} requests, the longest took {made.longest:.2f} s: {dict(made.answers)}")  # noqa: T201
    made.nothing_is_lost()
