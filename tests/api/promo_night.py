"""A night of sale as a machine of Hypothesis: whatever is done, a few lines of plain Python know what comes of it.

It leaves other promos and orders alone, and nothing of its own open, so that it runs on a shop with others in it.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core.web import HoldfastApp
from app.promos.service import sold_out
from tests.api.made import PRODUCTS, TEA, stock
from tests.api.made_promos import HOLDS, PROMOS, breaches, complete, hold, promo, state
from tests.api.worked import tick

UNITS, LIMIT, SOLD_OUT = 3, 2, (409, "sold_out")
MINUTE = """
    UPDATE promo_holds SET expires_at = clock_timestamp(), created_at = created_at - interval '1 min'
    WHERE promo_id = %(promo)s AND state = 'held' AND expires_at > clock_timestamp();
    UPDATE promos SET starts_at = starts_at - interval '1 min' WHERE id = %(promo)s
"""
OVER = "UPDATE orders SET pay_by = clock_timestamp() WHERE id = %s::uuid"
LATER = "UPDATE orders SET pay_by = clock_timestamp() + interval '1 day' WHERE source_id = %s"
CUSTOMERS, ANY = st.integers(0, 2), st.integers(0, 999)


@dataclass
class Held:
    """A hold as the model knows it; `lapsed` is one that is over and that nobody has swept."""

    owner: int
    answer: Any
    state: str = "held"
    order: str = ""


@dataclass
class Model:
    """The promo as the model knows it."""

    quantity: int = UNITS
    status: str = "running"
    holds: list[Held] = field(default_factory=list)
    lapses: dict[int, int] = field(default_factory=dict)
    paid: int = 0

    def count(self, *states: str) -> int:
        """How many holds are in one of these states."""
        return sum(each.state in states for each in self.holds)

    def of(self, owner: int, *states: str) -> list[Held]:
        """Somebody's holds in one of these states."""
        return [each for each in self.holds if each.owner == owner and each.state in states]


@dataclass(frozen=True)
class World:
    """Who acts on what; callers are those of the application in this process, or others who speak over a socket."""

    app: HoldfastApp
    staff: Any
    customers: list[Any]
    store_id: int
    sql: Any


class Night(RuleBasedStateMachine):
    """Customers hold, buy and give back; time passes; orders are paid, cancelled and forgotten; an operator steers."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.model = world, Model()
        self.promo = 0
        self.product = 0

    @initialize()
    def open(self) -> None:
        wish = TEA | {"store_id": self.world.store_id, "sku": uuid4().hex, "total_stock": 10}
        self.product = self.world.staff.post(PRODUCTS, json=wish).json["id"]
        made = promo(self.world.staff, product_id=self.product, quantity=UNITS, per_customer_limit=LIMIT)
        self.promo = made["id"]

    @rule(owner=CUSTOMERS)
    def hold(self, owner: int) -> None:
        refusal = self._refusal(owner)
        answer = self._held(owner)
        while answer.json.get("code") == "sold_out" and refusal != SOLD_OUT:  # a process says so for a moment longer
            answer = self._held(owner)
        assert (answer.status_code, answer.json.get("code")) == (refusal or (201, None)), answer.text
        if not refusal:
            self._expire(self.model.of(owner, "lapsed"))
            if self.model.count("held", "bought", "paid", "lapsed") >= self.model.quantity:
                self._expire(self.model.holds)
            self.model.holds.append(Held(owner, answer))

    def _held(self, owner: int) -> Any:
        sold_out.HINTS.clear()
        return hold(self.world.customers[owner], self.promo)

    def _refusal(self, owner: int) -> tuple[int, str] | None:
        model = self.model
        if model.status != "running":
            return 409, "promo_not_running"
        if model.of(owner, "held"):
            return 409, "held_by_you"
        if len(model.of(owner, "bought", "paid")) >= LIMIT:
            return 409, "limit_reached"
        if model.count("bought", "paid") >= model.quantity:
            return SOLD_OUT
        if model.count("bought", "paid", "held") >= model.quantity:
            return 409, "held_by_others"
        lapses = model.lapses.get(owner, 0)
        return (429, "hold_cooldown") if lapses and lapses % 3 == 0 else None

    @precondition(lambda self: self.model.holds)
    @rule(which=ANY)
    def complete(self, which: int) -> None:
        held = self._one(which)
        answer = complete(self.world.customers[held.owner], held.answer)
        if held.state in {"bought", "paid", "back"}:
            assert (answer.status_code, answer.json["id"]) == (200, held.order)
        elif held.state == "held":
            assert answer.status_code == 200, answer.text
            held.state, held.order = "bought", answer.json["id"]
        else:
            code = "promo_reservation_ended" if held.state == "released" else "hold_expired"
            assert (answer.status_code, answer.json["code"]) == (409, code)

    @precondition(lambda self: self.model.holds)
    @rule(which=ANY)
    def release(self, which: int) -> None:
        held = self._one(which)
        answer = self.world.customers[held.owner].delete(f"{HOLDS}/{held.answer.json['id']}")
        assert answer.status_code == (204 if held.state in {"held", "released"} else 409)
        held.state = "released" if held.state == "held" else held.state

    @precondition(lambda self: self.model.count("held"))
    @rule()
    def a_minute_passes(self) -> None:
        self.world.sql.execute(MINUTE, {"promo": self.promo})
        for held in self.model.holds:
            if held.state == "held":
                held.state = "lapsed"
                self.model.lapses[held.owner] = self.model.lapses.get(held.owner, 0) + 1

    @rule()
    def sweep(self) -> None:
        assert tick(self.world.app, "promos.expire_holds") == self.model.count("lapsed")
        self._expire(self.model.holds)

    @precondition(lambda self: self.model.count("bought"))
    @rule(which=ANY, how=st.sampled_from(["pay", "cancel", "forget"]))
    def decide_on_an_order(self, which: int, how: str) -> None:
        bought = [each for each in self.model.holds if each.state == "bought"]
        held = bought[which % len(bought)]
        place = f"/api/v1/orders/{held.order}"
        if how == "pay":
            assert self.world.staff.post(f"{place}/payments", json={"note": "cash"}).status_code < 300
            held.state = "paid"
            self.model.paid += 1
        elif how == "cancel":
            assert self.world.customers[held.owner].post(f"{place}/cancel").status_code == 200
            held.state = "back"
        else:
            self.world.sql.execute(OVER, [held.order])
            assert tick(self.world.app, "orders.expire_unpaid") == 1
            held.state = "back"

    @precondition(lambda self: self.model.count("paid"))
    @rule(which=ANY)
    def cancel_a_paid_order(self, which: int) -> None:
        paid = [each for each in self.model.holds if each.state == "paid"]
        held = paid[which % len(paid)]
        assert self.world.staff.post(f"/api/v1/orders/{held.order}/cancel").status_code == 200
        held.state = "back"
        self.model.paid -= 1

    @rule(verb=st.sampled_from(["pause", "resume", "pause", "resume", "end"]))
    def steer(self, verb: str) -> None:
        answer = self.world.staff.post(f"{PROMOS}/{self.promo}/{verb}")
        allowed = {"running": {"pause", "end"}, "paused": {"resume", "end"}, "ended": set()}[self.model.status]
        assert answer.status_code == (200 if verb in allowed else 409), answer.text
        if verb in allowed:
            self.model.status = {"pause": "paused", "resume": "running", "end": "ended"}[verb]

    @rule(quantity=st.integers(1, 6))
    def change_the_quantity(self, quantity: int) -> None:
        answer = self.world.staff.patch(f"{PROMOS}/{self.promo}", json={"quantity": quantity})
        same = quantity == self.model.quantity
        if same:
            assert answer.status_code == 200
        elif self.model.status == "ended":
            assert answer.json["code"] == "promo_not_editable"
        elif quantity < self.model.count("held", "bought", "paid"):
            assert answer.json["code"] == "quantity_in_use"
        else:
            assert answer.status_code == 200, answer.text
            self._expire(self.model.holds)
            self.model.quantity = quantity

    @invariant()
    def everybody_agrees(self) -> None:
        if not self.promo:
            return
        model = self.model
        live, sold = model.count("held", "lapsed"), model.count("bought", "paid")
        _, held, bought, free = state(self.world.staff, self.promo)
        assert (held, bought) == (live, sold)
        if model.status == "ended":
            reserved = live + model.count("bought")
        else:
            assert free == model.quantity - live - sold
            reserved = model.quantity - model.count("paid")
        total = 10 - model.paid
        assert stock(self.world.staff, self.product) == (total, total - reserved, reserved)

    def teardown(self) -> None:
        if not self.promo:
            return
        self.world.staff.post(f"{PROMOS}/{self.promo}/end")
        self.world.sql.execute(MINUTE, {"promo": self.promo})
        self.world.sql.execute(LATER, [self.promo])
        tick(self.world.app, "promos.expire_holds")
        assert breaches(self.world.app) == []

    def _expire(self, holds: list[Held]) -> None:
        for held in holds:
            held.state = "expired" if held.state == "lapsed" else held.state

    def _one(self, which: int) -> Held:
        return self.model.holds[which % len(self.model.holds)]


def play(world: World, *, nights: int, acts: int) -> None:
    """So many nights of so many acts each."""
    sized = settings(max_examples=nights, stateful_step_count=acts, deadline=None)
    run_state_machine_as_test(lambda: Night(world), settings=sized)  # type: ignore[arg-type]  # any maker will do
