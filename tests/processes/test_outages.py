"""What happens while PostgreSQL or Redis is gone or hangs, and how soon it is over."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.processes.stack import Stack, eventually

STORES = "/api/v1/stores"
PLACE = {"latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}
OUTAGES = ["without", "frozen"]


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_postgresql_it_is_not_ready_and_says_so(web: Stack, outage: str) -> None:
    with getattr(web, outage)(web.postgres):
        for _ in range(3):
            answer = web.call("GET", "/ready")
            assert (answer.status_code, answer.json()["down"]) == (503, ["postgresql"])
            assert answer.json()["status"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
        assert web.call("GET", "/health").status_code == 200
    assert web.call("GET", "/ready").json()["status"] == "ready"


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_redis_it_is_degraded_and_goes_on_selling(web: Stack, outage: str) -> None:
    token = web.token()
    with getattr(web, outage)(web.valkey):
        answer = web.call("GET", "/ready")
        assert (answer.status_code, answer.json()["status"], answer.json()["down"]) == (200, "degraded", ["redis"])
        made = web.call("POST", STORES, token=token, json=PLACE | {"name": f"During {outage}"})
        assert made.status_code == 201
        for _ in range(6):
            found = web.call("GET", f"{STORES}?limit=100")
            assert made.json() in found.json()["data"]
        assert web.call("POST", "/api/v1/auth/logout", token=token).status_code == 204
    assert web.call("POST", STORES, token=token, json={}).status_code == 401


@pytest.mark.parametrize("path", [STORES, "/api/v1/stores/1", "/console/login"])
def test_without_postgresql_a_request_is_asked_to_come_back(web: Stack, path: str) -> None:
    with web.without(web.postgres):
        answer = web.call("GET", path)
        if path == "/console/login":
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1


class Load:
    """Clients that open stores without a pause and keep what they were told."""

    def __init__(self, web: Stack) -> None:
        self.web, self.token, self.over = web, web.token(), threading.Event()
        self.answers: list[tuple[float, int, Any]] = []
        self.faults: list[str] = []

    def client(self, number: int) -> None:
        """Open one store after the other."""
        count = 0
        while not self.over.is_set():
            count += 1
            answer = self.web.call("POST", STORES, token=self.token, json=PLACE | {"name": f"Load {number}-{count}"})
            self.answers.append((time.monotonic(), answer.status_code, answer.json()))
            if answer.status_code not in {201, 503} or (
                answer.status_code == 503 and not answer.headers["Retry-After"]
            ):
                self.faults.append(f"{answer.status_code} {answer.text}")

    def acknowledged_since(self, moment: float) -> int:
        """How many stores were acknowledged after that moment."""
        return sum(at > moment and status == 201 for at, status, _ in list(self.answers))


@contextmanager
def load(web: Stack, clients: int = 6) -> Iterator[Load]:
    """The load until the block ends."""
    made = Load(web)
    threads = [threading.Thread(target=made.client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.over.set()
        for thread in threads:
            thread.join()


def test_postgresql_restarted_under_load_loses_nothing_and_breaks_nothing(web: Stack) -> None:
    with load(web) as clients:
        eventually(lambda: clients.acknowledged_since(0) > 10, "stores are opened")
        web.postgres.kill()
        web.postgres.start()
        back = time.monotonic()
        eventually(lambda: clients.acknowledged_since(back) > 30, "stores are opened again", 5)
    assert clients.faults == []
    acknowledged = {store["id"] for _, status, store in clients.answers if status == 201}
    there = {id_ for (id_,) in web.sql("SELECT id FROM stores")}
    assert acknowledged <= there
