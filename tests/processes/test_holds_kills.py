"""Web processes that die in the middle of holds: what was promised is there, and what is there is whole."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import requests

from app.operations.demo.buyers import Buyer
from devstack.processes import children
from tests.processes.load import going_on
from tests.processes.shelf import Shelf, watched, were_sound
from tests.processes.stack import eventually
from tests.scale import scaled

UNITS, BUYERS = 1_000, 16
STATES = "SELECT id::text, state FROM stock_holds WHERE product_id = %s"


class Rush:
    """Buyers who hold and give back without a pause, and what they were promised."""

    def __init__(self, shelf: Shelf, product_id: int) -> None:
        self.shelf, self.product_id, self.over = shelf, product_id, threading.Event()
        self.held: list[str] = []
        self.given_back: list[str] = []
        self.cut = 0
        self.faults: list[str] = []

    def buy(self, buyer: Buyer) -> None:
        """A hold, and every other one is given back."""
        while not self.over.is_set():
            made = self._promised(lambda: self.shelf.hold(buyer, self.product_id), 201)
            if made is None:
                continue
            held = made.json()["id"]
            self.held.append(held)
            if self._promised(lambda: self.shelf.release(buyer, held), 204) is not None:  # noqa: B023 - asked at once
                self.given_back.append(held)

    def _promised(self, ask: Callable[[], requests.Response], status: int) -> requests.Response | None:
        try:
            answer = ask()
        except requests.RequestException:
            self.cut += 1
            return None
        if answer.status_code == status:
            return answer
        if answer.json()["code"] not in {"busy", "too_many_holds"}:
            self.faults.append(answer.text)
        return None


@contextmanager
def rush(shelf: Shelf, product_id: int) -> Iterator[Rush]:
    """Buyers until the block ends."""
    made = Rush(shelf, product_id)
    with going_on(made.over, [partial(made.buy, buyer) for buyer in shelf.buyers(BUYERS)]):
        yield made


@pytest.mark.chaos
def test_what_was_promised_before_its_web_process_was_killed_is_there(shelf: Shelf) -> None:
    product = shelf.product(UNITS)
    with watched(shelf, product) as seen, rush(shelf, product) as buyers:
        for _ in range(scaled(100)):
            promised = len(buyers.held)
            eventually(lambda: len(buyers.held) > promised + 20, "holds are promised")  # noqa: B023 - asked at once
            os.kill(children(shelf.web.master)[0], signal.SIGKILL)  # the oldest, who surely answers somebody
        eventually(lambda: buyers.cut > 0, "answers were cut off")
    eventually(shelf.web.settled, "all processes answer")
    states = dict(shelf.web.sql(STATES, product))
    assert buyers.faults == []
    assert set(buyers.held) <= states.keys()
    assert {states[held] for held in buyers.given_back} == {"released"}
    assert len(states) - len(buyers.held) <= buyers.cut
    still = sum(state == "held" for state in states.values())
    assert still <= len(buyers.held) - len(buyers.given_back) + buyers.cut
    assert shelf.counters(product) == (UNITS, UNITS - still, still)
    were_sound(seen)
    shelf.is_sound()
