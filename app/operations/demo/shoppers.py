"""Simulated shoppers: each holds a unit over the API, thinks, and buys it, gives it back or lets it lapse.

One loop knows what is next and when; a few threads speak to the shop, so that no answer keeps the others waiting. Who
is refused goes away. Nothing is remembered: whatever the loop is stopped in, the shop's own clock ends what is held.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock
from typing import Any

from app.core.clock import monotonic
from app.operations.demo.buyers import Buyer

AT_ONCE = 16
BUYS, GIVES_BACK, PAYS = 0.68, 0.12, 0.8
LEAST_SECONDS, MOST_SECONDS, TO_PAY_SECONDS = 2.0, 25.0, 4.0

Ask = Callable[[str, str, str, dict[str, Any] | None], tuple[int, dict[str, Any]]]
Pay = Callable[[str], None]
Act = Callable[[], None]


@dataclass
class Crowd:
    """Shoppers of one promo, and what became of them."""

    promo_id: int
    buyers: list[Buyer]
    ask: Ask
    pay: Pay
    chance: Random
    outcomes: Counter[str] = field(default_factory=Counter)
    _next: list[tuple[float, int, Act]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _number: int = 0

    def shop(self, *, rate: float, seconds: float | None, stop: Event, told: Callable[[str], None]) -> None:
        """Let so many arrive a second, at random, until it is over or somebody says stop."""
        began, last = monotonic(), monotonic()
        self._later(0, lambda: self._arrive(rate))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not stop.is_set() and (seconds is None or monotonic() - began < seconds):
                for act in self._due():
                    pool.submit(act).add_done_callback(self._ended)
                if monotonic() - last > 1:
                    last = monotonic()
                    told(self.line())
                stop.wait(0.02)

    def line(self) -> str:
        """What became of them so far."""
        return ", ".join(f"{count:,} {what}" for what, count in sorted(self.outcomes.items())) or "nobody yet"

    def _arrive(self, rate: float) -> None:
        self._later(self.chance.expovariate(rate), lambda: self._arrive(rate))
        buyer = self.chance.choice(self.buyers)
        status, held = self.ask(buyer.token, "POST", "/promo-reservations", {"promo_id": self.promo_id})
        if status != 201:
            self._count(f"refused ({held.get('code', status)})")
            return
        self._count("held")
        thinks = self.chance.uniform(LEAST_SECONDS, MOST_SECONDS)
        mood, place = self.chance.random(), f"/promo-reservations/{held['id']}"
        if mood < BUYS:
            self._later(thinks, lambda: self._buy(buyer, place))
        elif mood < BUYS + GIVES_BACK:
            self._later(thinks, lambda: self._give_back(buyer, place))

    def _buy(self, buyer: Buyer, place: str) -> None:
        status, order = self.ask(buyer.token, "POST", f"{place}/complete", None)
        self._count("bought" if status == 200 else f"too late ({order.get('code', status)})")
        if status == 200 and self.chance.random() < PAYS:
            self._later(self.chance.uniform(0.5, TO_PAY_SECONDS), lambda: self._settle(buyer, order))

    def _settle(self, buyer: Buyer, order: dict[str, Any]) -> None:
        status, _ = self.ask(buyer.token, "POST", f"/orders/{order['id']}/payment", None)
        if status in {200, 201}:
            self.pay(order["reference"])
            self._count("paid")

    def _give_back(self, buyer: Buyer, place: str) -> None:
        self.ask(buyer.token, "DELETE", place, None)
        self._count("given back")

    def _later(self, seconds: float, act: Act) -> None:
        with self._lock:
            self._number += 1
            heapq.heappush(self._next, (monotonic() + seconds, self._number, act))

    def _due(self) -> list[Act]:
        acts: list[Act] = []
        with self._lock:
            while self._next and self._next[0][0] <= monotonic():
                acts.append(heapq.heappop(self._next)[2])
        return acts

    def _count(self, what: str) -> None:
        with self._lock:
            self.outcomes[what] += 1

    def _ended(self, done: Future[None]) -> None:
        if done.exception() is not None:
            self._count(f"failed ({type(done.exception()).__name__})")
