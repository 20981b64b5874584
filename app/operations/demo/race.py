"""A race: many customers ask at the same moment for one unit each of a product that has few.

Over the API of the stack that runs, each buyer on a connection of their own; when none answers, in this process
against the same database, as many at once as a web process has threads.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Barrier
from typing import Any
from uuid import UUID

from app.core import clock, db
from app.core.ids import uuid7
from app.core.web import HoldfastApp, settings_of
from app.inventory import queries as inventory
from app.inventory.service import holds, products
from app.operations.demo import buyers
from app.operations.demo.buyers import Buyer
from app.operations.demo.places import places
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.queries import StoreFilter

AT_ONCE, TRIES, PATIENCE = 100, 5, 30
REFUSED = (409, "insufficient_stock")
PRODUCTS, RESERVATIONS = "/api/v1/products", "/api/v1/reservations"

Reply = tuple[int, dict[str, Any]]
Send = Callable[[str, str, dict[str, str], str | None], Reply]


@dataclass(frozen=True)
class Race:
    """Who races for what."""

    product_id: int
    stock: int
    field: list[Buyer]


@dataclass(frozen=True)
class Answer:
    """What a buyer was told, and how long they waited for it."""

    buyer: Buyer
    status: int
    body: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """How a race ended."""

    race: Race
    answers: list[Answer]
    seconds: float
    counters: tuple[int, int, int]

    @property
    def winners(self) -> list[Answer]:
        """Those who hold a unit."""
        return [answer for answer in self.answers if answer.status == 201]

    @property
    def refusals(self) -> Counter[tuple[int, str]]:
        """What the others were told, and how many of them."""
        return Counter((each.status, each.body.get("code", "?")) for each in self.answers if each.status != 201)

    @property
    def is_right(self) -> bool:
        """Whether as many won as there were units, everybody else was told so, and the counters agree."""
        won = min(self.race.stock, len(self.race.field))
        lost = len(self.race.field) - won
        told = Counter({REFUSED: lost}) if lost else Counter()
        right = (self.race.stock, self.race.stock - won, won)
        return len(self.winners) == won and self.refusals == told and self.counters == right

    def facts(self) -> dict[str, Any]:
        """What a program reads."""
        refused = [{"status": status, "code": code, "buyers": n} for (status, code), n in sorted(self.refusals.items())]
        counters = dict(zip(("total", "available", "reserved"), self.counters, strict=True))
        told = {"product_id": self.race.product_id, "units": self.race.stock, "buyers": len(self.answers)}
        won = {"won": len(self.winners), "refused": refused, "stock": counters}
        return told | won | {"seconds": self.seconds, "right": self.is_right}


def prepared(stock: int, many: int) -> Race:
    """A product with so many units, and so many customers who want one."""
    shown = store_queries.page(StoreFilter(is_active=True), ordering="oldest", limit=1, cursor=None).rows
    store_id = shown[0].id if shown else _open_store()
    mark = uuid7().hex[:12]
    facts = {"sku": f"RACE-{mark}", "name": f"Race {mark}", "price": 1, "description": "Made by flask demo race."}
    product = products.create_product(store_id=store_id, total_stock=stock, **facts)
    return Race(product.id, stock, buyers.signed_in(many))


def address(app: HoldfastApp, race: Race) -> str | None:
    """Where the stack of this very database answers; None when it does not run."""
    place = f"127.0.0.1:{settings_of(app).port}"
    try:
        status, _ = _over_http(place)("GET", f"{PRODUCTS}/{race.product_id}", _headers(race.field[0]), None)
    except (OSError, HTTPException, ValueError):
        return None
    return place if status == 200 else None


def run(app: HoldfastApp, race: Race, place: str | None) -> Outcome:
    """Let them all start at the same moment."""
    lanes = min(len(race.field), AT_ONCE if place else settings_of(app).web_threads)
    start = Barrier(lanes)

    def lane(number: int) -> list[Answer]:
        send = _over_http(place) if place else _in_process(app)
        start.wait(PATIENCE)
        return [_ask(send, buyer, race.product_id) for buyer in race.field[number::lanes]]

    began = clock.monotonic()
    with ThreadPoolExecutor(lanes) as pool:
        answers = [answer for many in pool.map(lane, range(lanes)) for answer in many]
    seconds = clock.monotonic() - began
    with db.statement():
        row = inventory.product(race.product_id, inactive_too=True)
    return Outcome(race, answers, seconds, (row.total_stock, row.available_stock, row.reserved_stock))


def clear(outcome: Outcome) -> None:
    """Give the units back, take the product off the shelf, end the sessions."""
    for winner in outcome.winners:
        holds.release(hold_id=UUID(winner.body["id"]), user_id=winner.buyer.id)
    products.update_product(product_id=outcome.race.product_id, changes={"is_active": False})
    buyers.sign_out(outcome.race.field)


def told(outcome: Outcome, place: str | None) -> Iterator[str]:
    """The result in lines."""
    way = f"over HTTP at {place}" if place else "in this process, for no stack answers"
    times = sorted(answer.seconds * 1000 for answer in outcome.answers)
    first = ", ".join(winner.buyer.name for winner in outcome.winners[:10])
    total, available, reserved = outcome.counters
    yield f"{len(outcome.answers)} customers wanted one of {outcome.race.stock} units, {way}:"
    yield f"  won       {len(outcome.winners):>5}  {first}{', …' if len(outcome.winners) > 10 else ''}"
    for (status, code), many in sorted(outcome.refusals.items()):
        yield f"  refused   {many:>5}  {status} {code}"
    yield f"  stock            total {total}, available {available}, reserved {reserved}"
    yield f"  time             {outcome.seconds:.2f} s in all, {times[len(times) // 2]:.0f} ms for half of them"
    yield "Every number is as it must be." if outcome.is_right else "These numbers are WRONG."


def _ask(send: Send, buyer: Buyer, product_id: int) -> Answer:
    """One unit, please; whoever is told to come back, does."""
    wish, began = json.dumps({"product_id": product_id, "quantity": 1}), clock.monotonic()
    status, body = _reply(send, buyer, wish)
    for _ in range(TRIES):
        if status == 503:
            time.sleep(1)
            status, body = _reply(send, buyer, wish)
    return Answer(buyer, status, body, clock.monotonic() - began)


def _reply(send: Send, buyer: Buyer, wish: str) -> Reply:
    try:
        return send("POST", RESERVATIONS, _headers(buyer), wish)
    except (OSError, HTTPException, ValueError) as fault:
        return 0, {"code": type(fault).__name__}


def _headers(buyer: Buyer) -> dict[str, str]:
    return {"Authorization": f"Bearer {buyer.token}", "Content-Type": "application/json"}


def _over_http(place: str) -> Send:
    def send(method: str, path: str, headers: dict[str, str], body: str | None) -> Reply:
        with _line(place) as line:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    return send


@contextmanager
def _line(place: str) -> Iterator[HTTPConnection]:
    line = HTTPConnection(place, timeout=PATIENCE)
    try:
        yield line
    finally:
        line.close()


def _in_process(app: HoldfastApp) -> Send:
    client = app.test_client()

    def send(method: str, path: str, headers: dict[str, str], body: str | None) -> Reply:
        answer = client.open(path, method=method, headers=headers, data=body)
        return answer.status_code, answer.get_json(force=True)

    return send


def _open_store() -> int:
    at = next(places(range(1)))
    return stores.create_store(name=at.name, latitude=at.latitude, longitude=at.longitude, timezone=at.timezone).id
