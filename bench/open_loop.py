"""`python -m bench.open_loop URL --rate 500`: buys that come at their time, whether or not others are answered.

A closed loop asks less when it is answered late, and so hides the wait. Here each request has a moment at which it is
due, and its time counts from then; when every connection waits for an answer, another one is opened.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import sockets
from bench.cases import Case
from bench.figures import BenchError
from bench.sockets import Connection

MOST_CONNECTIONS = 8000
BUY = Case(
    name="buy",
    path="/api/v1/buy",
    method="POST",
    body=json.dumps({"user_id": 7, "promotion_id": 3, "product_id": 12, "product_quantity": 2}),
)


@dataclass(frozen=True)
class Answer:
    """When its request was due, counted from the first one, how long after that it came, and its status."""

    due: float
    took: float
    status: int


@dataclass
class Arrivals:
    """Requests that are due one after the other, and the connections that are free for them."""

    url: str
    requests: Sequence[bytes]
    rate: float
    total: int
    sent: int = 0
    began: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    idle: deque[Connection] = field(default_factory=deque)
    waiting: int = 0

    def send_due(self, selector: selectors.BaseSelector) -> float:
        """Send what is due; the answer is the moment of the next one."""
        while self.sent < self.total and (due := self.began + self.sent / self.rate) <= time.perf_counter():
            request = self.requests[self.sent % len(self.requests)]
            self.sent += 1
            self.waiting += 1
            if self.idle:
                connection = self.idle.pop()
                connection.send(request)
            else:
                connection = self._opened(selector, request)
            connection.sent_at = due
        return self.began + self.sent / self.rate

    def answered(self, connection: Connection, selector: selectors.BaseSelector) -> None:
        """Ask, if it has just been opened, or take an answer when all of it is here."""
        try:
            if connection.first:
                connection.socket.sendall(connection.first)
                connection.first = b""
                selector.modify(connection.socket, selectors.EVENT_READ, connection)
                return
            status = connection.status()
        except OSError:
            status = 0
        if status is None:
            return
        if connection.sent_at:
            due, took = connection.sent_at - self.began, time.perf_counter() - connection.sent_at
            self.answers.append(Answer(due, took, status))
            self.waiting -= 1
        connection.sent_at = 0.0
        if status and not connection.ends:
            self.idle.append(connection)
            return
        selector.unregister(connection.socket)
        connection.socket.close()
        if not status and connection in self.idle:
            self.idle.remove(connection)

    def _opened(self, selector: selectors.BaseSelector, request: bytes) -> Connection:
        """One that is being opened, which waits for nobody; it asks as soon as it is."""
        if self.waiting > MOST_CONNECTIONS:
            raise BenchError(f"{MOST_CONNECTIONS} requests are not answered: {self.rate:g} a second are too many")
        connection = Connection(socket.socket())
        connection.socket.settimeout(0)
        connection.socket.connect_ex(sockets.address(self.url))
        connection.first = request
        selector.register(connection.socket, selectors.EVENT_WRITE, connection)
        return connection


def run(url: str, requests: Sequence[bytes], *, rate: float, seconds: float) -> list[Answer]:
    """So many a second for so long, and each answer; one whose connection broke has the status 0."""
    arrivals = Arrivals(url, requests, rate, round(rate * seconds), began=time.perf_counter())
    with selectors.DefaultSelector() as selector:
        try:
            while len(arrivals.answers) < arrivals.total:
                pause = arrivals.send_due(selector) - time.perf_counter()
                for key, _ in selector.select(max(0.0, pause) if arrivals.sent < arrivals.total else 1.0):
                    arrivals.answered(key.data, selector)
        finally:
            for key in list(selector.get_map().values()):
                key.data.socket.close()
    return arrivals.answers


def main() -> int:
    """Each rate in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.open_loop", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, nargs="*", default=[100.0, 300.0, 1000.0])
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    request = sockets.request_of(options.url, BUY, BUY.request_headers(""), BUY.body)
    print("| due a second | answered a second | p50 ms | p99 ms | refused |\n|---:|---:|---:|---:|---:|")
    for rate in options.rate:
        try:
            answers = run(options.url, [request], rate=rate, seconds=options.seconds)
        except BenchError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        print(_row(rate, answers))
    return 0


def _row(rate: float, answers: Sequence[Answer]) -> str:
    lasted, times = max(each.due + each.took for each in answers), sorted(each.took for each in answers)
    p50, p99 = (times[len(times) * share // 100] * 1000 for share in (50, 99))
    refused = sum(not BUY.succeeds_by(each.status) for each in answers)
    return f"| {rate:g} | {len(answers) / lasted:,.0f} | {p50:.1f} | {p99:.1f} | {refused} |"


if __name__ == "__main__":
    sys.exit(main())
