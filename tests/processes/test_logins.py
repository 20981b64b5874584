"""Sessions and logins over several web processes, restarts and a Redis that forgot everything."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import pytest
import requests

from app.identity.passwords import AT_ONCE, MEMORY_KIB, PLACES
from app.identity.principals import COOKIE
from devstack.processes import children
from tests.api.browsing import TOKEN
from tests.processes.stack import PASSWORD, Stack, prepared, serving

AUTH, STORES = "/api/v1/auth", "/api/v1/stores"
PROCESSES, FAILURES = 2, 5
MIB = 1024 * 1024
# Hashing stands back behind everything else that a machine does, so a busy one lets a login wait long.
PATIENCE = 120
ARGON2 = MEMORY_KIB * 1024
# What else a process takes when all its threads and connections are used for the first time.
MARGIN = 48 * MIB


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack of its own with two web processes, where five failed logins of an account are allowed."""
    changes = {
        "WORKERS": str(PROCESSES),
        "LOGIN_FAILURES_PER_ACCOUNT": str(FAILURES),
        "LOGIN_FAILURES_PER_ADDRESS": "100000",
    }
    with tempfile.TemporaryDirectory(prefix="hf-logins-") as home, prepared(Path(home), **changes) as made:
        yield made


@pytest.fixture(autouse=True)
def nobody_is_locked(stack: Stack) -> None:
    """Failures of another test count no more."""
    stack.sql("DELETE FROM throttles")


@pytest.fixture
def web(stack: Stack) -> Iterator[Stack]:
    """The same with fresh web processes."""
    with serving(stack):
        yield stack


def login(web: Stack, username: str = "operator", password: str = PASSWORD) -> requests.Response:
    body = {"username": username, "password": password}
    return web.call("POST", f"{AUTH}/login", json=body, timeout=PATIENCE)


def console_cookie(web: Stack) -> dict[str, str]:
    page = web.call("GET", "/console/login", timeout=PATIENCE)
    form = {"username": "operator", "password": PASSWORD, "csrf_token": TOKEN.findall(page.text)[0]}
    options: dict[str, Any] = {"data": form, "cookies": dict(page.cookies), "allow_redirects": False}
    options["timeout"] = PATIENCE
    return {COOKIE: web.call("POST", "/console/login", **options).cookies[COOKIE]}


def test_twenty_refreshes_at_once_over_two_processes_give_one_pair(web: Stack) -> None:
    token = {"refresh_token": login(web).json()["refresh_token"]}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: web.call("POST", f"{AUTH}/refresh", json=token), range(20)))
    given = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert len({answer.content for answer in given}) == 1
    session = token["refresh_token"].partition(".")[0]
    assert web.sql("SELECT generation, ended_at FROM sessions WHERE replace(id::text, '-', '') = %s", session) == [
        (1, None)
    ]
    assert web.call("GET", STORES, token=given[0].json()["access_token"]).status_code == 200


def test_what_was_ended_stays_ended_when_redis_forgets_everything_and_the_web_starts_anew(stack: Stack) -> None:
    with serving(stack) as web:
        pair, cookie = login(web).json(), console_cookie(web)
        assert web.call("GET", "/console/stores", cookies=cookie, allow_redirects=False).status_code == 200
        assert web.call("POST", f"{AUTH}/logout", token=pair["access_token"], json={"all": True}).status_code == 204
    for _ in range(2):
        stack.redis.flushall()
        with serving(stack) as web:
            assert web.call("POST", f"{AUTH}/logout", token=pair["access_token"]).status_code == 401
            refreshed = web.call("POST", f"{AUTH}/refresh", json={"refresh_token": pair["refresh_token"]})
            assert (refreshed.status_code, refreshed.json()["code"]) == (401, "refresh_refused")
            page = web.call("GET", "/console/stores", cookies=cookie, allow_redirects=False)
            assert (page.status_code, "/console/login" in page.headers["Location"]) == (303, True)


def test_failed_logins_stay_counted_when_redis_forgets_everything_and_the_web_starts_anew(stack: Stack) -> None:
    for _ in range(FAILURES):
        with serving(stack) as web:
            assert login(web, password="wrong").status_code == 401
            stack.redis.flushall()
    with serving(stack) as web:
        locked = login(web)
    assert (locked.status_code, locked.json()["code"]) == (429, "login_locked")
    assert int(locked.headers["Retry-After"]) > 0


def memory(pid: int) -> int:
    """What a process takes for itself, in bytes: its share of what it has in common with others counts in part."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


class Watch:
    """Looks at the memory of the web processes and asks other things, until the crowd is gone."""

    def __init__(self, web: Stack, token: str) -> None:
        self.web, self.token, self.over = web, token, Event()
        self.most = 0
        self.answers: Counter[int] = Counter()
        self._threads = [Thread(target=each) for each in (self._look, self._ask)]

    def __enter__(self) -> Self:
        self.before = sum(map(memory, children(self.web.master)))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, sum(map(memory, children(self.web.master))))

    def _ask(self) -> None:
        while not self.over.is_set():
            self.answers[self.web.patiently("GET", STORES, token=self.token).status_code] += 1


def test_two_hundred_logins_at_once_take_bounded_memory_and_others_are_answered(web: Stack) -> None:
    token = login(web).json()["access_token"]
    crowd = [("operator", PASSWORD), ("viewer", "wrong"), *((f"nobody-{number}", "wrong") for number in range(18))] * 10
    with Watch(web, token) as watch, ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(lambda who: login(web, *who), crowd))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 401, 429, 503}, statuses
    assert statuses[503] > 0, "nobody was sent away: the crowd was none"
    assert statuses[200] + statuses[401] >= PLACES
    for answer in answers:
        if answer.status_code in {429, 503}:
            assert int(answer.headers["Retry-After"]) >= 1
    assert watch.answers.keys() == {200}, watch.answers
    assert watch.most - watch.before <= PROCESSES * AT_ONCE * ARGON2 + MARGIN
    assert login(web).status_code == 200
