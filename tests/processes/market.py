"""Shops that tell a running stack of buys without a pause, and what they were answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from uuid import uuid4

import requests

from tests.processes.load import going_on
from tests.processes.stack import Stack

BUY, STATS = "/api/v1/buy", "/api/v1/stats"


@dataclass
class Shops:
    """Each shop has a promotion of its own; a shop with events tells one again until it is answered."""

    web: Stack
    first: int = field(default_factory=lambda: uuid4().int % 10**15)
    over: threading.Event = field(default_factory=threading.Event)
    answered: int = 0
    events: int = 0
    cut: int = 0
    faults: list[str] = field(default_factory=list)
    counts: list[list[int]] = field(default_factory=list)

    def tell(self, number: int, *, with_events: bool) -> None:
        """Tell of one buy after the other; the count never falls."""
        seen: list[int] = []
        self.counts.append(seen)
        for turn in count():
            if self.over.is_set():
                return
            body: dict[str, object] = {"user_id": 1 + turn % 50, "promotion_id": self.first + number, "product_id": 1}
            body |= {"product_quantity": 1} | ({"event_id": str(uuid4())} if with_events else {})
            while (found := self._asked(body)) is None and with_events and not self.faults:
                pass
            if found is not None:
                seen.append(found)
                self.events += with_events
                self.answered += not with_events

    def _asked(self, body: dict[str, object]) -> int | None:
        """The count; None when no answer came or it was to come back."""
        try:
            answer = self.web.call("POST", BUY, json=body)
        except requests.RequestException:
            self.cut += 1
            return None
        if answer.status_code == 200:
            return int(answer.json()["buy_count"])
        if answer.status_code != 503 or "Retry-After" not in answer.headers:
            self.faults.append(f"{answer.status_code} {answer.text}")
        return None

    def told(self) -> tuple[int, int]:
        """How many records there are of those who tell once, and of those with events."""
        rows = self.web.sql(
            "SELECT event_id IS NOT NULL, count(*) FROM buys WHERE promotion_id BETWEEN %s AND %s GROUP BY 1",
            self.first,
            self.first + 100,
        )
        found = dict(rows)
        return found.get(False, 0), found.get(True, 0)

    def were_counted(self, *, refused: int = 0) -> None:
        """What was answered is there, each event once, and nothing else but what was cut off, or so many refused."""
        once, events = self.told()
        assert self.faults == []
        assert events == self.events
        assert self.answered <= once <= self.answered + self.cut + refused
        for seen in self.counts:
            assert seen == sorted(seen)


@contextmanager
def shops(web: Stack, many: int = 8) -> Iterator[Shops]:
    """So many, half of them with events, until the block ends."""
    made = Shops(web)
    with going_on(made.over, [partial(made.tell, each, with_events=each % 2 == 0) for each in range(many)]):
        yield made
