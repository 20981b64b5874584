"""Whatever is done in whatever order, stock and reservations are what a few lines of plain Python say they are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core import context, db
from app.core.web import HoldfastApp, settings_of
from app.inventory.service import holds
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, RESERVATIONS, TEA, store
from tests.callers import Caller

MOST_OPEN = 2
FORGET = """
    SET session_replication_role = replica; DELETE FROM stock_holds; DELETE FROM products; DELETE FROM product_stock;
    DELETE FROM stock_movements; DELETE FROM idempotency_keys; SET session_replication_role = origin
"""
CUSTOMERS, SHELVES = st.integers(0, 1), st.integers(0, 1)
UNITS, ANY = st.integers(1, 4), st.integers(0, 999)


@dataclass
class Shelf:
    """A product as the model knows it."""

    id: int
    total: int
    available: int
    is_active: bool = True


@dataclass
class Hold:
    """A reservation as the model knows it; `lapsed` is one that is over and that nobody has swept."""

    owner: int
    shelf: int
    quantity: int
    state: str = "held"

    @property
    def shown(self) -> str:
        """What everybody is told."""
        return "expired" if self.state == "lapsed" else self.state


@dataclass(frozen=True)
class World:
    """Who acts on what."""

    app: HoldfastApp
    staff: Caller
    customers: list[Caller]
    store_id: int
    sql: Any


class Shop(RuleBasedStateMachine):
    """Customers hold and release, time passes, sweeps come, operators count."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.shelves: list[Shelf] = []
        self.holds: dict[str, Hold] = {}
        self.keys: dict[tuple[int, str], tuple[dict[str, int], str]] = {}

    @initialize(units=st.lists(st.integers(0, 20), min_size=2, max_size=2))
    def open(self, units: list[int]) -> None:
        self.world.sql.execute(FORGET)
        for number in units:
            wish = TEA | {"store_id": self.world.store_id, "sku": uuid4().hex, "total_stock": number}
            made = self.world.staff.post(PRODUCTS, json=wish).json
            self.shelves.append(Shelf(made["id"], number, number))

    @rule(owner=CUSTOMERS, shelf=SHELVES, quantity=UNITS)
    def hold(self, owner: int, shelf: int, quantity: int) -> None:
        answer = self._asked(owner, shelf, quantity, {})
        self._judge(answer, owner, shelf, quantity)

    @rule(owner=CUSTOMERS, shelf=SHELVES, quantity=UNITS, key=st.sampled_from("abc"))
    def hold_with_a_key(self, owner: int, shelf: int, quantity: int, key: str) -> None:
        wish = {"product_id": self.shelves[shelf].id, "quantity": quantity}
        answer = self._asked(owner, shelf, quantity, {"Idempotency-Key": key})
        if (owner, key) not in self.keys:
            if self._judge(answer, owner, shelf, quantity):
                self.keys[owner, key] = wish, answer.json["id"]
            return
        first, made = self.keys[owner, key]
        if wish == first:
            assert (answer.status_code, answer.json["id"]) == (201, made)
            assert answer.headers["Idempotent-Replayed"] == "true"
        else:
            assert (answer.status_code, answer.json["code"]) == (422, "idempotency_mismatch")

    @precondition(lambda self: self.holds)
    @rule(owner=st.integers(0, 2), which=ANY)
    def release(self, owner: int, which: int) -> None:
        held, hold = self._one(which)
        who = [*self.world.customers, self.world.staff][owner]
        answer = who.delete(f"{RESERVATIONS}/{held}")
        if owner not in {hold.owner, 2}:
            assert (answer.status_code, answer.json["code"]) == (404, "reservation_not_found")
        elif hold.shown == "expired":
            assert (answer.status_code, answer.json["code"]) == (409, "reservation_ended")
            assert answer.json["reservation_status"] == "expired"
        else:
            assert answer.status_code == 204
            self._end(hold, "released")

    @precondition(lambda self: self.holds)
    @rule(which=ANY)
    def lapse(self, which: int) -> None:
        held, hold = self._one(which)
        past = (
            "UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms' WHERE id = %s AND state = 'held'"
        )
        self.world.sql.execute(past, [held])
        if hold.state == "held":
            hold.state = "lapsed"

    @rule()
    def sweep(self) -> None:
        with self.world.app.app_context(), context.surroundings(source="job"), db.transaction():
            swept = holds.expire_due()
        due = [hold for hold in self.holds.values() if hold.state == "lapsed"]
        assert swept == len(due)
        for hold in due:
            self._end(hold, "expired")

    @rule(shelf=SHELVES, delta=st.integers(-6, 6).filter(bool))
    def adjust(self, shelf: int, delta: int) -> None:
        answer = self._adjusted(shelf, {"delta": delta})
        self._judge_adjustment(answer, self.shelves[shelf], delta)

    @rule(shelf=SHELVES, set_to=st.integers(0, 12), off_by=st.sampled_from((0, 0, 1)))
    def count(self, shelf: int, set_to: int, off_by: int) -> None:
        known = self.shelves[shelf]
        answer = self._adjusted(shelf, {"set_to": set_to, "expected": known.total + off_by})
        if off_by:
            assert (answer.status_code, answer.json["code"]) == (409, "stale_stock")
            assert (answer.json["expected"], answer.json["total_stock"]) == (known.total + off_by, known.total)
        else:
            self._judge_adjustment(answer, known, set_to - known.total)

    @rule(shelf=SHELVES, is_active=st.booleans())
    def switch(self, shelf: int, is_active: bool) -> None:
        self.world.staff.patch(f"{PRODUCTS}/{self.shelves[shelf].id}", json={"is_active": is_active})
        self.shelves[shelf].is_active = is_active

    @invariant()
    def stock_is_what_the_model_says(self) -> None:
        if not self.shelves:
            return
        ids = ",".join(str(shelf.id) for shelf in self.shelves)
        rows = {row["id"]: row for row in self.world.staff.get(f"{PRODUCTS}?ids={ids}").json["data"]}
        for shelf in self.shelves:
            row = rows[shelf.id]
            told = row["total_stock"], row["available_stock"], row["reserved_stock"], row["is_active"]
            assert told == (shelf.total, shelf.available, shelf.total - shelf.available, shelf.is_active)

    @invariant()
    def reservations_are_what_the_model_says(self) -> None:
        if self.shelves:
            rows = self.world.staff.get(f"{RESERVATIONS}?limit=100").json["data"]
            told = {row["id"]: (row["status"], row["quantity"]) for row in rows}
            assert told == {held: (hold.shown, hold.quantity) for held, hold in self.holds.items()}

    def _asked(self, owner: int, shelf: int, quantity: int, headers: dict[str, str]) -> Any:
        wish = {"product_id": self.shelves[shelf].id, "quantity": quantity}
        return self.world.customers[owner].post(RESERVATIONS, json=wish, headers=headers)

    def _judge(self, answer: Any, owner: int, shelf: int, quantity: int) -> bool:
        """Whether it was right to hold; the refusal that was right otherwise."""
        known = self.shelves[shelf]
        due = [hold for hold in self.holds.values() if hold.state == "lapsed" and hold.shelf == shelf]
        free = known.available + sum(hold.quantity for hold in due)
        refusal = self._refusal(owner, known, quantity, free=free, is_due=bool(due))
        if refusal:
            assert (answer.status_code, answer.json["code"]) == refusal
            assert answer.json.get("available", free) == free
            assert answer.json.get("open", MOST_OPEN) == MOST_OPEN
            return False
        assert answer.status_code == 201, answer.text
        for hold in due if known.available < quantity else []:
            self._end(hold, "expired")
        self.holds[answer.json["id"]] = Hold(owner, shelf, quantity)
        known.available -= quantity
        return True

    def _refusal(self, owner: int, known: Shelf, quantity: int, *, free: int, is_due: bool) -> tuple[int, str] | None:
        mine = sum(hold.owner == owner and hold.state == "held" for hold in self.holds.values())
        if not known.is_active:
            return 404, "product_not_found"
        if known.available < quantity and not is_due:
            return 409, "insufficient_stock"
        if mine >= MOST_OPEN:
            return 409, "too_many_holds"
        return (409, "insufficient_stock") if free < quantity else None

    def _adjusted(self, shelf: int, change: dict[str, int]) -> Any:
        place = f"{PRODUCTS}/{self.shelves[shelf].id}/stock-adjustments"
        return self.world.staff.post(place, json=change | {"reason": "counted"})

    def _judge_adjustment(self, answer: Any, known: Shelf, delta: int) -> None:
        if known.available + delta < 0:
            assert (answer.status_code, answer.json["code"]) == (409, "insufficient_stock")
            assert answer.json["available"] == known.available
            return
        assert answer.status_code == 201, answer.text
        known.total += delta
        known.available += delta

    def _one(self, which: int) -> tuple[str, Hold]:
        return list(self.holds.items())[which % len(self.holds)]

    def _end(self, hold: Hold, state: str) -> None:
        if hold.state in {"held", "lapsed"}:
            hold.state = state
            self.shelves[hold.shelf].available += hold.quantity


@pytest.fixture
def world(app: HoldfastApp, as_role: AsRole, staff: Caller, sql: Any) -> Iterator[World]:
    """A shop in which two open reservations are the most."""
    known = settings_of(app)
    app.extensions["holdfast.settings"] = replace(known, open_holds=MOST_OPEN)
    customers = [as_role("customer", name) for name in ("anna", "bert")]
    yield World(app, staff, customers, store(staff)["id"], sql)
    app.extensions["holdfast.settings"] = known


def test_stock_and_reservations_follow_the_model_after_each_step(world: World) -> None:
    chosen = hypothesis_settings(max_examples=50, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(lambda: Shop(world), settings=chosen)  # type: ignore[arg-type]  # any maker will do
