"""Brings events to the shop, signed, again and again until it takes them; some late, twice, in disorder or never."""

import heapq
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from queue import Queue
from threading import Condition, Thread
from typing import Any

import requests
from standardwebhooks import Webhook

from devstack.simulator.behaviour import Behaviour
from devstack.simulator.ledger import Ledger

CARRIERS = 8
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.2, 30.0, 10.0


@dataclass(order=True)
class Letter:
    """One message on its way."""

    due: float
    turn: int
    event: dict[str, Any] = field(compare=False)
    tries: int = field(default=0, compare=False)


class Postman:
    """Letters in the order in which they are due, and the threads that carry them."""

    def __init__(self, ledger: Ledger, address: str, secret: str) -> None:
        self._ledger, self._address, self._webhook = ledger, address, Webhook(secret)
        self._letters: list[Letter] = []
        self._changed, self._turns = Condition(), count()
        self._in_hand: Queue[Letter] = Queue(CARRIERS)

    def start(self) -> None:
        """Takes up what an earlier life left, and goes on until the process ends."""
        for event in self._ledger.undelivered():
            self._post(event, 0)
        for work in (self._sort, *[self._carry] * CARRIERS):
            Thread(target=work, daemon=True).start()

    def send(self, event: dict[str, Any], behaviour: Behaviour) -> None:
        """One event, as the behaviour wants it."""
        if random.random() < behaviour.loss:  # noqa: S311 - chance, not a secret
            self._ledger.mark_delivered(event["event_id"])
            return
        for _ in range(1 + behaviour.duplicates):
            self._post(event, behaviour.delay + random.uniform(0, behaviour.disorder))  # noqa: S311 - the same

    def _post(self, event: dict[str, Any], pause: float, tries: int = 0) -> None:
        with self._changed:
            heapq.heappush(self._letters, Letter(time.monotonic() + pause, next(self._turns), event, tries))
            self._changed.notify()

    def _sort(self) -> None:
        while True:
            with self._changed:
                # A letter that comes in meanwhile may be due before this pause ends: it is looked at anew.
                self._changed.wait(self._pause())
                due = heapq.heappop(self._letters) if self._is_due() else None
            if due is not None:
                self._in_hand.put(due)

    def _is_due(self) -> bool:
        return bool(self._letters) and self._letters[0].due <= time.monotonic()

    def _pause(self) -> float:
        return max(self._letters[0].due - time.monotonic(), 0) if self._letters else LONGEST_PAUSE

    def _carry(self) -> None:
        with requests.Session() as session:
            while True:
                letter = self._in_hand.get()
                if self._is_taken(session.post, letter.event):
                    self._ledger.mark_delivered(letter.event["event_id"])
                else:
                    pause = min(FIRST_PAUSE * 2**letter.tries, LONGEST_PAUSE)
                    self._post(letter.event, pause, letter.tries + 1)

    def _is_taken(self, post: Callable[..., requests.Response], event: dict[str, Any]) -> bool:
        body, now = json.dumps(event), datetime.now(UTC)
        headers = {
            "webhook-id": event["event_id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(event["event_id"], now, body),
            "Content-Type": "application/json",
        }
        try:
            return post(self._address, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False).ok
        except requests.RequestException:
            return False
