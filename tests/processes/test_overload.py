"""A web process that has more to do than it can: who would wait too long is told so at once."""

import json
import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import HTTPResponse
from pathlib import Path

import pytest
import requests

from bench import open_loop, sockets
from bench.cases import Case
from tests.processes.shelf import PATIENT, RESERVATIONS, Shelf, held_up
from tests.processes.stack import Stack, eventually, serving_beside
from tests.scale import scaled

STORE, STORES = "/api/v1/stores/1", "/api/v1/stores"
PATIENCE = 0.2
ONE_THREAD = {"WORKERS": "1", "WEB_THREADS": "1", "QUEUE_TIMEOUT_MS": f"{PATIENCE * 1000:.0f}", **PATIENT}
ASKS = b"GET /api/v1/stores/1 HTTP/1.1\r\nHost: here\r\n\r\n"
GOES = b"GET /health HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
MANY = {"WORKERS": "2", "OPEN_HOLDS": "10000", "QUEUE_TIMEOUT_MS": "300", **PATIENT}
TIMES = 5


@pytest.fixture
def narrow(shelf: Shelf) -> Iterator[Shelf]:
    """The shelf as one process with one thread shows it."""
    with serving_beside(shelf.web, **ONE_THREAD) as web:
        yield replace(shelf, web=web)


def first_refusal(web: Stack, pool: ThreadPoolExecutor, asked: list["Future[requests.Response]"]) -> requests.Response:
    """The first answer that anybody gets while the line grows."""

    def somebody_is_answered() -> bool:
        asked.append(pool.submit(web.call, "GET", STORE, timeout=60))
        return any(each.done() for each in asked)

    eventually(somebody_is_answered, "somebody is answered, though the only thread is not free")
    return next(each for each in asked if each.done()).result()


def refusals(web: Stack) -> float:
    """How often somebody who asked for something was told 503."""
    figures = web.call("GET", "/metrics").text
    found = re.search(r'^flask_http_request_total{method="GET",status="503"} (\S+)$', figures, re.MULTILINE)
    return float(found[1]) if found else 0.0


def knock(web: Stack, request: bytes = b"") -> socket.socket:
    """A connection on which this was sent."""
    client = socket.create_connection(("127.0.0.1", web.port), timeout=10)
    client.sendall(request)
    return client


def answered(client: socket.socket) -> HTTPResponse:
    """The next answer on a connection, read to its end."""
    response = HTTPResponse(client)
    response.begin()
    response.read()
    return response


def test_who_would_wait_too_long_is_told_at_once_while_those_in_line_are_answered(narrow: Shelf) -> None:
    asked: list[Future[requests.Response]] = []
    before = refusals(narrow.web)
    with held_up(narrow) as pool:
        refused = first_refusal(narrow.web, pool, asked)
        let_in = [pool.submit(narrow.web.call, "GET", path, timeout=60) for path in ("/health", "/console/login")]
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert int(refused.headers["Retry-After"]) in {1, 2, 3}
    assert [each.result().status_code for each in let_in] == [200, 200]
    told = [each.result().status_code for each in asked]
    figures = narrow.web.call("GET", "/metrics").text
    (waited,) = re.findall(r"^holdfast_request_wait_seconds_sum (\S+)$", figures, re.MULTILINE)
    assert float(waited) > PATIENCE, "the first in line waited until the next was refused"
    assert set(told) <= {200, 503}
    assert told[0] == 200
    assert refusals(narrow.web) == before + told.count(503)


def test_nothing_that_was_refused_has_happened_and_its_connection_goes_on(narrow: Shelf) -> None:
    body = json.dumps({"name": "Never", "latitude": 1, "longitude": 1, "timezone": "UTC"})
    case = Case(name="store", path=STORES, method="POST", body=body)
    request = sockets.request_of(f"http://127.0.0.1:{narrow.web.port}", case, case.request_headers(narrow.token), body)
    asked: list[Future[requests.Response]] = []
    with ExitStack() as open_:
        with held_up(narrow) as pool:
            first_refusal(narrow.web, pool, asked)
            client = open_.enter_context(closing(knock(narrow.web)))
            for _ in range(3):
                client.sendall(request)
                assert answered(client).status == 503
        assert narrow.web.sql("SELECT count(*) FROM stores WHERE name = 'Never'") == [(0,)]
        eventually(lambda: all(each.done() for each in asked), "the line is gone")
        client.sendall(request)
        assert answered(client).status == 201


def test_who_says_nothing_takes_no_thread_from_those_who_ask(narrow: Shelf) -> None:
    with ExitStack() as silent:
        for _ in range(20):
            silent.enter_context(closing(knock(narrow.web)))
        assert narrow.web.answers("/health", 200)


def test_who_does_not_hang_up_keeps_nobody_waiting(narrow: Shelf) -> None:
    with ExitStack() as lingering:
        clients = [lingering.enter_context(closing(knock(narrow.web, GOES))) for _ in range(20)]
        assert {answered(client).status for client in clients} == {200}
        assert narrow.web.answers("/health", 200)


def holds_of(shelf: Shelf, product: int, folder: Path) -> Case:
    """A unit of this product for many buyers, in turn."""
    body, file = json.dumps({"product_id": product, "quantity": 1}), folder / str(product)
    lines = (f"Authorization: Bearer {buyer.token}\t{body}\n" for buyer in shelf.buyers(200))
    file.write_text("".join(lines), encoding="utf-8")
    return Case(name="hold", path=RESERVATIONS, method="POST", crowd=str(file))


@pytest.mark.chaos
def test_five_times_what_can_be_answered_loses_nothing_and_is_over_when_it_is(shelf: Shelf, tmp_path: Path) -> None:
    before, product = shelf.product(1_000_000), shelf.product(1_000_000)
    seconds = scaled(30, least=2)
    with serving_beside(shelf.web, **MANY) as web:
        url, case = f"http://127.0.0.1:{web.port}", holds_of(shelf, product, tmp_path)
        # Whoever is hung up on at its end may be answered after it: what it holds is of another product.
        most = sockets.run(url, holds_of(shelf, before, tmp_path), "", connections=32, seconds=seconds).per_second
        requests_ = [sockets.request_of(url, case, *each) for each in case.requests("")]
        told: Counter[int] = Counter()
        for rate in (TIMES * most * 2**doubled for doubled in range(4)):
            told.update(each.status for each in open_loop.run(url, requests_, rate=rate, seconds=seconds))
            if told[503]:
                break  # what was taken for the most was it
        assert told.keys() == {201, 503}
        assert web.sql("SELECT count(*) FROM stock_holds WHERE product_id = %s", product) == [(told[201],)]

        def all_are_answered() -> bool:
            calm = open_loop.run(url, requests_, rate=most / TIMES, seconds=1)
            return {each.status for each in calm} == {201}

        eventually(all_are_answered, "what is less than the most is answered again")
    shelf.is_sound()
