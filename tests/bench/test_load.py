"""The load generators count what they got, and a failed answer fails the run."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from bench import open_loop, sockets, wrk
from bench.cases import Case
from bench.figures import BenchError, Figure, middle
from bench.probe import probe
from bench.report import Result, table

GENERATORS = [
    sockets,
    pytest.param(wrk, marks=pytest.mark.skipif(not wrk.available(), reason="wrk is not installed")),
]


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signed = self.headers.get("Authorization") == "Bearer secret"
        self.send_response(
            {"/open": 200, "/signed": 200 if signed else 401, "/echo": 200 if body == b"{}" else 422, "/moved": 308}[
                self.path
            ]
        )
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = answer  # noqa: N815 - named by the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def echo(url: str, body: str) -> bytes:
    case = Case(name="echo", path="/echo", method="POST", body=body)
    return sockets.request_of(url, case, case.request_headers(""), body)


@pytest.mark.parametrize("generator", GENERATORS)
def test_successes_are_counted_with_their_times(generator: ModuleType, url: str) -> None:
    for case, token in (
        (Case(name="open", path="/open"), ""),
        (Case(name="signed", path="/signed"), "secret"),
        (Case(name="echo", path="/echo", method="POST", body="{}"), ""),
    ):
        figure = generator.run(url, case, token, connections=4, seconds=0.3)
        assert figure.checked(case.name).per_second > 10
        assert 0 < figure.p50_ms <= figure.p99_ms


@pytest.mark.parametrize("generator", GENERATORS)
def test_refused_requests_fail_the_run(generator: ModuleType, url: str) -> None:
    case = Case(name="signed", path="/signed")
    figure = generator.run(url, case, "wrong", connections=4, seconds=0.3)
    assert figure.errors > 0
    with pytest.raises(BenchError, match=r"signed: .* not answered with success"):
        figure.checked(case.name)


def test_a_redirect_is_no_success(url: str) -> None:
    probe(url, Case(name="open", path="/open"), "")
    with pytest.raises(BenchError, match="moved: GET /moved is answered with 308"):
        probe(url, Case(name="moved", path="/moved"), "")


def test_a_server_that_answers_nothing_fails_the_run() -> None:
    with pytest.raises(BenchError, match="nothing was answered"):
        Figure(per_second=0, p50_ms=0, p99_ms=0).checked("silent")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        figure = sockets.run(
            f"http://127.0.0.1:{silent.getsockname()[1]}", Case(name="a", path="/"), "", connections=2, seconds=0.3
        )
    with pytest.raises(BenchError):
        figure.checked("silent")


def test_the_median_of_three_runs_is_reported_beside_hello() -> None:
    figure = middle([Figure(per_second=n, p50_ms=n / 10, p99_ms=n) for n in (100, 900, 300)])
    assert (figure.per_second, figure.p50_ms, figure.p99_ms) == (300, 30, 300)
    text = table([Result("health", figure, Figure(per_second=600, p50_ms=1, p99_ms=2), 5000)], {"cpus": 2})
    assert "cpus 2." in text
    assert "| health | 300 | 600 | 50% | 30.0 | 300.0 | 5,000 |" in text


def test_what_is_due_is_sent_at_its_time_whatever_is_not_answered_yet(
    url: str,
) -> None:
    answers = open_loop.run(url, [echo(url, "{}")], rate=200, seconds=0.5)
    assert max(each.due for each in answers) == pytest.approx(0.495)
    assert [each.status for each in answers] == [200] * 100
    assert min(each.took for each in answers) > 0
    told = Counter(
        each.status for each in open_loop.run(url, [echo(url, "{}"), echo(url, "[]")], rate=200, seconds=0.1)
    )
    assert (told[200], len(told), told.total()) == (10, 2, 20)


def test_an_open_loop_that_nobody_answers_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "MOST_CONNECTIONS", 5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BenchError, match="5 requests are not answered: 1000 a second are too many"):
            open_loop.run(url, [echo(url, "{}")], rate=1000, seconds=1)
