"""Who waits too long in line is not let in, and is told so in an answer like any other."""

import json
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.overload.line import Line
from app.core.overload.refusals import refusal, seen

SHOP = "https://shop.example"
ASKED = b"POST /api/v1/orders?x=1 HTTP/1.1\r\nHost: here\r\nOrigin: https://shop.example\r\nContent-Length: 2\r\n\r\n{}"


class Sent(BytesIO):
    """What http.client reads an answer from."""

    def makefile(self, *_: Any, **__: Any) -> BytesIO:
        return self


def read(answer: bytes) -> tuple[HTTPResponse, dict[str, Any]]:
    response = HTTPResponse(Sent(answer))  # type: ignore[arg-type]
    response.begin()
    body = response.read()
    assert len(body) == int(response.headers["Content-Length"])
    return response, json.loads(body)


def test_nobody_is_let_in_while_the_first_has_waited_too_long() -> None:
    line = Line(1.0, 100, lambda _: None)
    assert not line.is_full(9.0)
    for moment in (10.0, 10.5):
        assert not line.is_full(moment)
        line.enter(moment)
    assert not line.is_full(11.0)
    assert line.is_full(11.01)
    line.leave()
    assert not line.is_full(11.01)
    line.leave()
    assert not line.is_full(20.0)


def test_how_long_each_waited_is_timed_when_a_thread_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    line = Line(1.0, 100, waited.append)
    for moment in (10.0, 10.5):
        line.enter(moment)
    monkeypatch.setattr("app.core.overload.line.monotonic", lambda: 12.0)
    line.leave()
    line.leave()
    assert waited == [2.0, 1.5]


def test_no_more_wait_than_may() -> None:
    line = Line(1.0, 2, lambda _: None)
    line.enter(10.0)
    assert not line.is_full(10.0)
    line.enter(10.0)
    assert line.is_full(10.0)


def test_the_refusal_is_a_problem_like_any_other() -> None:
    response, problem = read(refusal(seen(ASKED), (), stays=True))
    assert (response.status, response.headers["Content-Type"]) == (503, "application/problem+json")
    assert (problem["code"], problem["status"], problem["instance"]) == ("overloaded", 503, "/api/v1/orders")
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Connection"] is None
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Access-Control-Allow-Origin"] is None


def test_those_who_are_refused_are_not_all_told_the_same_second() -> None:
    assert {read(refusal(seen(ASKED), (), stays=True))[0].headers["Retry-After"] for _ in range(200)} == {"1", "2", "3"}


@pytest.mark.parametrize(
    ("origins", "allowed"), [((SHOP,), SHOP), (("*",), "*"), (("https://other.example",), None), ((), None)]
)
def test_a_browser_of_a_shop_that_we_know_may_read_it(origins: tuple[str, ...], allowed: str | None) -> None:
    assert read(refusal(seen(ASKED), origins, stays=True))[0].headers["Access-Control-Allow-Origin"] == allowed


@pytest.mark.parametrize(
    "received",
    [
        ASKED[:-1],
        ASKED + b"GET / HTTP/1.1",
        ASKED.partition(b"\r\n\r\n")[0],
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        b"nonsense",
    ],
)
def test_a_connection_ends_when_we_do_not_know_where_its_request_does(received: bytes) -> None:
    assert not seen(received).whole
    assert read(refusal(seen(received), (), stays=False))[0].headers["Connection"] == "close"


@pytest.mark.parametrize("header", ["", "connection: Keep-Alive\r\n", "Content-Length: 0\r\n"])
def test_a_connection_whose_request_is_here_stays_open(header: str) -> None:
    assert seen(f"GET / HTTP/1.1\r\n{header}\r\n".encode()).whole
    assert seen(ASKED).whole


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics?part=state", "/console/", "/static/css/core.css"])
def test_who_watches_and_who_runs_the_sale_is_let_in(path: str) -> None:
    assert seen(f"GET {path} HTTP/1.1\r\n\r\n".encode()).has_to_be_let_in


@pytest.mark.parametrize("path", ["/", "/api/v1/console", "//console", "x", "http://console/"])
def test_others_are_not(path: str) -> None:
    assert not seen(f"GET {path} HTTP/1.1\r\n\r\n".encode()).has_to_be_let_in


@given(st.binary() | st.binary().map(lambda tail: b"GET /" + tail + b" HTTP/1.1\r\nOrigin: " + tail + b"\r\n\r\n"))
def test_whatever_is_sent_the_refusal_can_be_read_and_says_nothing_but_ours(received: bytes) -> None:
    response, problem = read(refusal(seen(received), (SHOP,), stays=False))
    assert problem["code"] == "overloaded"
    assert response.headers["Access-Control-Allow-Origin"] in {None, SHOP}
    assert "\r" not in str(response.headers["X-Request-ID"])
