"""`python -m bench.open_loop URL --rate 500`: buys that come at their time, whether or not others are answered.

A closed loop asks less when it is answered late, and so hides the wait. Here each buy has a moment at which it is due,
and its time counts from then; when every connection waits for an answer, another one is opened.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from bench import sockets
from bench.cases import Case
from bench.figures import BenchError, Figure
from bench.sockets import Connection

MOST_CONNECTIONS = 1000
BUY = Case(
    name="buy",
    path="/api/v1/buy",
    method="POST",
    body=json.dumps({"user_id": 7, "promotion_id": 3, "product_id": 12, "product_quantity": 2}),
)


@dataclass
class Arrivals:
    """Requests that are due one after the other, and the connections that are free for them."""

    url: str
    request: bytes
    rate: float
    total: int
    sent: int = 0
    errors: int = 0
    times: list[float] = field(default_factory=list)
    idle: deque[Connection] = field(default_factory=deque)
    waiting: int = 0

    def send_due(self, selector: selectors.BaseSelector, began: float) -> float:
        """Send what is due; the answer is the moment of the next one."""
        while self.sent < self.total and (due := began + self.sent / self.rate) <= time.perf_counter():
            connection = self.idle.popleft() if self.idle else self._opened(selector)
            connection.send(self.request)
            connection.sent_at = due
            self.waiting += 1
            self.sent += 1
        return began + self.sent / self.rate

    def answered(self, connection: Connection) -> None:
        """Take an answer when all of it is here."""
        status = connection.status()
        if status is not None:
            self.times.append(time.perf_counter() - connection.sent_at)
            self.waiting -= 1
            self.errors += not BUY.succeeds_by(status)
            self.idle.append(connection)

    def _opened(self, selector: selectors.BaseSelector) -> Connection:
        if self.waiting >= MOST_CONNECTIONS:
            raise BenchError(f"{MOST_CONNECTIONS} buys are not answered: {self.rate:g} a second are too many")
        connection = Connection(socket.create_connection(sockets.address(self.url), timeout=10))
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        return connection


def run(url: str, *, rate: float, seconds: float) -> Figure:
    """So many a second for so long, and the wait of each."""
    arrivals = Arrivals(
        url, sockets.request_of(url, BUY, BUY.request_headers(""), BUY.body), rate, round(rate * seconds)
    )
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        try:
            while len(arrivals.times) < arrivals.total:
                pause = arrivals.send_due(selector, began) - time.perf_counter()
                for key, _ in selector.select(max(0.0, pause) if arrivals.sent < arrivals.total else 1.0):
                    arrivals.answered(key.data)
        finally:
            for key in list(selector.get_map().values()):
                key.data.socket.close()
    lasted, times = time.perf_counter() - began, sorted(arrivals.times)
    p50, p99 = (times[len(times) * share // 100] * 1000 for share in (50, 99))
    return Figure(len(times) / lasted, p50, p99, arrivals.errors)


def main() -> int:
    """Each rate in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench.open_loop", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, nargs="*", default=[100.0, 300.0, 1000.0])
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    print("| due a second | answered a second | p50 ms | p99 ms | refused |\n|---:|---:|---:|---:|---:|")
    for rate in options.rate:
        try:
            found = run(options.url, rate=rate, seconds=options.seconds)
        except BenchError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        row = (f"{rate:g}", f"{found.per_second:,.0f}", f"{found.p50_ms:.1f}", f"{found.p99_ms:.1f}", f"{found.errors}")
        print(f"| {' | '.join(row)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
