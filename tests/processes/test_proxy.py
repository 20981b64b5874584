"""The proxy of the compose file in front of web and live, as it stands but for its addresses."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.processes.proxied import proxied
from tests.processes.shelf import PATIENT, Shelf, held_up
from tests.processes.stack import Stack, eventually, free_port, serving_beside
from tests.processes.streaming import STREAM, console_session, live_beside

STORE = "/api/v1/stores/1"


@pytest.fixture
def proxy(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    with (
        serving_beside(stack, TRUSTED_PROXY_HOPS="1") as web,
        live_beside(web, TRUSTED_PROXY_HOPS="1") as live,
        proxied(tmp_path, web, web, live.port) as seen,
    ):
        yield seen


def test_the_proxy_leads_to_web_and_live_and_hides_the_figures(proxy: Stack) -> None:
    assert proxy.answers("/console/login", 200)
    assert proxy.answers("/metrics", 404)
    assert proxy.call("POST", "/api/v1/buy", data=b"x" * 1_100_000).status_code == 413
    viewer = console_session(proxy, "viewer")
    with viewer.get(f"http://127.0.0.1:{proxy.port}{STREAM}", stream=True, timeout=10) as stream:
        assert stream.status_code == 200
        assert next(stream.iter_content(1))


def test_nobody_writes_an_address_of_their_choice(proxy: Stack) -> None:
    wrong = {"username": "operator", "password": "not the password"}
    for address in ("198.51.100.7", "203.0.113.9, 198.51.100.7"):
        refused = proxy.call("POST", "/api/v1/auth/login", json=wrong, headers={"X-Forwarded-For": address})
        assert refused.status_code == 401
    counted = "SELECT count(*) > 0 FROM throttles WHERE key LIKE %s"
    assert proxy.sql(counted, "%198.51.100%") == [(False,)]
    assert proxy.sql(counted, "%127.0.0.1%") == [(True,)]


def test_when_all_have_as_many_as_they_may_the_rest_is_told_to_come_back_but_not_the_staff(
    shelf: Shelf, tmp_path: Path
) -> None:
    with (
        serving_beside(shelf.web, TRUSTED_PROXY_HOPS="1", **PATIENT) as web,
        proxied(tmp_path, web, web, free_port(), most=1) as seen,
    ):
        with held_up(replace(shelf, web=seen), 2):
            refused = seen.call("GET", STORE)
            assert seen.answers("/console/login", 200)
            eventually(lambda: seen.answers("/ready", 200), "who watches over it gets through")
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.json()["request_id"] == refused.headers["X-Request-ID"]
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["Content-Type"] == "application/problem+json"
        eventually(lambda: refused.headers["X-Request-ID"] in refusals(tmp_path), "the proxy's log has who was refused")
        line = refusals(tmp_path)[refused.headers["X-Request-ID"]]
        assert (line["event"], line["method"], line["path"], line["status"]) == ("refused", "GET", STORE, 503)
        eventually(lambda: seen.answers(STORE, 200), "there is room again")


def test_that_nobody_can_be_reached_is_a_fault_and_no_crowd(stack: Stack, tmp_path: Path) -> None:
    with ExitStack() as running:
        web = running.enter_context(serving_beside(stack, TRUSTED_PROXY_HOPS="1"))
        with proxied(tmp_path, web, web, free_port()) as seen:
            running.close()
            assert seen.answers(STORE, 502)
    assert not refusals(tmp_path)


def refusals(folder: Path) -> dict[str, Any]:
    """The lines of the proxy about requests that it refused, by their ids."""
    lines = (folder / "log").read_text(encoding="utf-8").splitlines()
    told = (json.loads(line) for line in lines if line.startswith("{"))
    return {line["request_id"]: line for line in told}
