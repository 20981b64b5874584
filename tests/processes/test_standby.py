"""The primary dies under load and its standby takes over: the processes point on by themselves, and nothing is lost."""

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from devstack.postgres import Postgres, binary
from devstack.processes import children
from tests.processes.crew import crew_of
from tests.processes.load import PLACE, RESERVATIONS, STORES, under_load
from tests.processes.stack import DATABASE, FLASK, PASSWORD, WORKERS, Stack, eventually, prepared, serving
from tests.processes.standby import Standby, standing_by
from tests.scale import SCALE, scaled

WAIT = "holdfast_database_standby_wait_seconds"
LOGIN, OPERATOR = "/api/v1/auth/login", {"username": "operator", "password": PASSWORD}
REFUSES = "commits wait for a standby: writes are refused"
# At full size on a machine that does nothing else, pools are back within so many seconds.
POOLS_BACK = 10 if SCALE >= 1 else 60


@contextmanager
def made() -> Iterator[tuple[Stack, Standby]]:
    """A running system on a primary that has a synchronous standby."""
    with (
        tempfile.TemporaryDirectory(prefix="hf-pair-") as home,
        prepared(Path(home), DB_STATEMENT_TIMEOUT_MS="1000") as stack,
        standing_by(stack) as standby,
        serving(stack),
    ):
        yield stack, standby


@pytest.fixture
def pair() -> Iterator[tuple[Stack, Standby]]:
    """One whose primary may be lost."""
    with made() as found:
        yield found


@pytest.fixture(scope="module")
def one() -> Iterator[tuple[Stack, Standby]]:
    with made() as found:
        yield found


@pytest.fixture
def lasting(one: tuple[Stack, Standby]) -> Iterator[tuple[Stack, Standby]]:
    """One that is whole again after each test."""
    yield one
    web, standby = one
    if not standby.running:
        standby.start()
    eventually(lambda: all(is_sold_by(web) for _ in range(20)), "every process writes again", 60)


def is_sold_by(web: Stack) -> bool:
    return waits(web) == 0 and web.call("POST", LOGIN, json=OPERATOR).status_code == 200


def waits(web: Stack) -> int:
    """How many sessions wait for the standby."""
    [(count,)] = web.sql("SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return int(count)


def killed(server: Postgres) -> None:
    server.kill()


def stopped(server: Postgres) -> None:
    """It and its processes stand still, while the kernel goes on taking connections for it."""
    for pid in [server.pid, *children(server.pid)]:
        os.kill(pid, signal.SIGSTOP)


def primary(web: Stack, **changes: str) -> dict[str, str]:
    """What the doctor says of the server that sells."""
    checks: list[dict[str, str]] = json.loads(web.run(*FLASK, "doctor", "--json", **changes).stdout)["checks"]
    return next(each for each in checks if each["name"] == "Primary")


def test_a_standby_alone_is_not_taken_for_the_primary(lasting: tuple[Stack, Standby]) -> None:
    web, standby = lasting
    eventually(lambda: primary(web)["fact"] == "It takes writes.", "it is known as what it is")
    assert primary(web, DATABASE_URL=standby.url(DATABASE))["fact"] == "It is a standby, and takes no writes."


@pytest.mark.chaos
@pytest.mark.parametrize("lost", [killed, stopped] if SCALE >= 1 else [killed])
def test_when_the_primary_is_lost_the_standby_has_all_that_was_promised(
    pair: tuple[Stack, Standby], tmp_path: Path, lost: Callable[[Postgres], None]
) -> None:
    web, standby = pair
    with crew_of(web, tmp_path) as crew, under_load(web, crew) as clients:
        crew.during(scaled(60))
        primary = web.postgres
        lost(primary)
        standby.take_over()
        web.postgres = standby
        back = time.monotonic()
        crew.until(lambda: clients.promised_since(back) > 10, "the pools are back", POOLS_BACK)
        primary.kill()  # whoever has been waiting for it is told so
    assert clients.cut == 0
    saved = web.run(*FLASK, "ops", "backup", str(tmp_path / "shop.dump"), PG_BIN=str(binary("pg_dump").parent))
    assert saved.returncode == 0, saved.stderr


def test_while_the_standby_is_away_nothing_is_promised_that_it_does_not_have(lasting: tuple[Stack, Standby]) -> None:
    web, standby = lasting
    token, wish = web.token(), {"json": PLACE | {"name": "While it is away"}, "headers": {"Idempotency-Key": "away"}}
    standby.kill()
    waited = web.call("POST", STORES, token=token, **wish)
    assert (waited.status_code, waited.json()["code"]) == (503, "database_unavailable")
    again = web.call("POST", STORES, token=token, **wish)
    # By a process that does not know yet; else as before.
    if again.status_code == 409:
        assert again.json()["code"] == "idempotency_in_flight"
    else:
        assert (again.status_code, again.json()["code"]) == (503, "database_unavailable")
    for answer in (waited, again):
        assert int(answer.headers["Retry-After"]) >= 1
    found = web.call("GET", f"{STORES}?q=While", token=token)
    assert (found.status_code, found.json()["data"]) == (200, [])
    eventually(lambda: "a synchronous standby" in primary(web)["fact"], "the doctor sees it")
    assert web.state(WAIT) > 1
    standby.start()
    eventually(lambda: web.call("POST", STORES, token=token, **wish).status_code == 201, "it is promised")
    replayed = partial(web.call, "POST", STORES, token=token, **wish)
    eventually(lambda: replayed().headers.get("Idempotent-Replayed") == "true", "every process says the same")
    eventually(lambda: web.state(WAIT) == 0, "nothing waits any more")
    assert standby.has_caught_up_with(web)
    assert standby.asked("SELECT count(*) FROM stores WHERE name = 'While it is away'") == 1


def test_while_the_standby_is_away_nobody_leaves_a_session_behind_and_everybody_reads(
    lasting: tuple[Stack, Standby],
) -> None:
    web, standby = lasting
    token = web.token()
    hold, store = {"product_id": 1, "quantity": 1}, PLACE | {"name": "Not yet"}
    wishes: dict[str, Any] = {STORES: store, RESERVATIONS: hold, LOGIN: OPERATOR}

    def is_refused(path: str, wish: Any) -> bool:
        answer = web.call("POST", path, token=token, json=wish)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) >= 1
        return bool(answer.json()["code"] == "database_unavailable")

    def leaves_none() -> bool:
        before = waits(web)
        return all(is_refused(*wish) for wish in [*wishes.items()] * 10) and waits(web) == before > 0

    def every_process_knows() -> bool:
        """The first waits for the standby and keeps the product's lock; the others meet nothing but that lock."""
        is_refused(RESERVATIONS, hold)
        return web.output.read_text().count(REFUSES) == WORKERS + before

    before = web.output.read_text().count(REFUSES)
    standby.kill()
    eventually(every_process_knows, "every process knows it")
    with web.running("scheduler.py"):
        eventually(leaves_none, "nobody tries")
        assert all(leaves_none() for _ in range(3))
        assert web.patiently("GET", STORES, token=token).status_code == 200
