"""Cached lists show each change from its answer on, in every web process, also when Redis goes at that moment."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import pytest

from devstack.valkey import Valkey
from tests.processes.shelf import PRODUCTS, Shelf
from tests.processes.stack import WORKERS, Stack, serving_beside

STORES = "/api/v1/stores"
LOOKS = 6 * WORKERS


class Case:
    """A store of its own with three products, in which lists are asked for."""

    def __init__(self, shelf: Shelf) -> None:
        place = {"name": f"Lists {uuid4().hex}", "latitude": 1, "longitude": 1, "timezone": "Europe/Berlin"}
        self.shelf = shelf
        self.store = self.ask("POST", STORES, place)["id"]
        self.ids = [shelf.product(5, store_id=self.store, name=name) for name in ("Ann", "Ben", "Cay")]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """An operator's change."""
        answer = self.shelf.web.call(method, path, token=self.shelf.token, json=body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def shown(self, web: Stack) -> list[tuple[str, int]]:
        """What customers see: names, and how much is free."""
        answer = web.call("GET", f"{PRODUCTS}?store_id={self.store}")
        assert answer.status_code == 200, answer.text
        return [(row["name"], row["available_stock"]) for row in answer.json()["data"]]

    def create(self) -> None:
        self.shelf.product(7, store_id=self.store, name="Bob")

    def rename(self) -> None:
        self.ask("PATCH", f"{PRODUCTS}/{self.ids[0]}", {"name": "Zoe"})

    def deactivate(self) -> None:
        self.ask("PATCH", f"{PRODUCTS}/{self.ids[1]}", {"is_active": False})

    def delete(self) -> None:
        self.ask("DELETE", f"{PRODUCTS}/{self.ids[2]}")

    def adjust(self) -> None:
        self.ask("POST", f"{PRODUCTS}/{self.ids[0]}/stock-adjustments", {"delta": 4, "reason": "found"})

    def hold(self) -> None:
        self.ask("POST", "/api/v1/reservations", {"product_id": self.ids[1], "quantity": 2})

    def hold_and_release(self) -> None:
        held = self.ask("POST", "/api/v1/reservations", {"product_id": self.ids[1], "quantity": 2})
        self.ask("DELETE", f"/api/v1/reservations/{held['id']}")

    def hide_the_store(self) -> None:
        self.ask("PATCH", f"{STORES}/{self.store}", {"is_active": False})


CHANGES: list[tuple[Callable[[Case], None], list[tuple[str, int]]]] = [
    (Case.create, [("Ann", 5), ("Ben", 5), ("Bob", 7), ("Cay", 5)]),
    (Case.rename, [("Ben", 5), ("Cay", 5), ("Zoe", 5)]),
    (Case.deactivate, [("Ann", 5), ("Cay", 5)]),
    (Case.delete, [("Ann", 5), ("Ben", 5)]),
    (Case.adjust, [("Ann", 9), ("Ben", 5), ("Cay", 5)]),
    (Case.hold, [("Ann", 5), ("Ben", 3), ("Cay", 5)]),
    (Case.hold_and_release, [("Ann", 5), ("Ben", 5), ("Cay", 5)]),
    (Case.hide_the_store, []),
]


@pytest.fixture(scope="session")
def beside(web: Stack) -> Iterator[Stack]:
    """Other web processes over the same servers."""
    with serving_beside(web) as made:
        yield made


@contextmanager
def emptied(stack: Stack, _: Valkey) -> Iterator[None]:
    """Redis has forgotten everything."""
    stack.redis.flushall()
    yield


def untouched(_: Stack, __: Valkey) -> AbstractContextManager[None]:
    """Redis as ever."""
    return nullcontext()


@pytest.mark.parametrize("outage", [untouched, emptied, Stack.without, Stack.frozen], ids=lambda each: each.__name__)
@pytest.mark.parametrize(("change", "after"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_list_shows_a_change_from_its_answer_on(
    shelf: Shelf,
    beside: Stack,
    outage: Callable[[Stack, Valkey], AbstractContextManager[None]],
    change: Callable[[Case], None],
    after: list[tuple[str, int]],
) -> None:
    case = Case(shelf)
    before = [("Ann", 5), ("Ben", 5), ("Cay", 5)]
    assert [case.shown(web) for web in (shelf.web, beside) * LOOKS] == [before] * 2 * LOOKS
    with outage(shelf.web, shelf.web.valkey):
        change(case)
        assert [case.shown(web) for web in (beside, shelf.web)] == [after] * 2
    assert [case.shown(web) for web in (beside, shelf.web) * LOOKS] == [after] * 2 * LOOKS
