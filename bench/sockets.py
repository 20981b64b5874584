"""A load generator of our own, for machines without wrk: two processes with many keep-alive connections each."""

import selectors
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing import get_context
from urllib.parse import urlsplit

from bench.cases import Case
from bench.figures import BenchError, Figure

PROCESSES = 2


@dataclass(eq=False)
class Connection:
    """A keep-alive connection and the answer that is arriving on it."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    first: bytes = b""

    def send(self, request: bytes) -> None:
        """Ask once more."""
        self.received.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def status(self) -> int | None:
        """The status of the answer when all of it is here."""
        chunk = self.socket.recv(65536)
        if not chunk:
            return 0
        self.received += chunk
        head, separator, body = bytes(self.received).partition(b"\r\n\r\n")
        return int(head[9:12]) if separator and len(body) >= _length(head) else None

    @property
    def ends(self) -> bool:
        """Whether nothing more can be asked on it: its answer said so, or there was none."""
        head = bytes(self.received).partition(b"\r\n\r\n")[0].lower()
        return not head or b"connection: close" in head


def run(url: str, case: Case, token: str, *, connections: int, seconds: float) -> Figure:
    """Send the case as often as it is answered."""
    if case.script:
        raise BenchError(f"{case.name}: its requests vary by a script that only wrk runs; install wrk")
    requests = [request_of(url, case, *each) for each in case.requests(token)]
    share, lanes = (address(url), case, connections // PROCESSES, seconds), min(PROCESSES, len(requests))
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        begun = [pool.submit(hammer, requests[number % lanes :: lanes], *share) for number in range(PROCESSES)]
        parts = [part.result() for part in begun]
    times = sorted(time for answered, _ in parts for time in answered)
    if not times:
        return Figure(per_second=0, p50_ms=0, p99_ms=0)
    return Figure(
        per_second=len(times) / seconds,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        errors=sum(errors for _, errors in parts),
    )


def hammer(
    requests: list[bytes], at: tuple[str, int], case: Case, connections: int, seconds: float
) -> tuple[list[float], int]:
    """The seconds that each answer took, and the number of answers that were no success."""
    times: list[float] = []
    errors, turn = 0, cycle(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            _open(selector, at, next(turn))
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            for key, _ in selector.select(0.1):
                connection: Connection = key.data
                status = connection.status()
                if status is None:
                    continue
                times.append(time.perf_counter() - connection.sent_at)
                errors += not case.succeeds_by(status)
                _again(selector, connection, at, next(turn))
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return times, errors


def _again(selector: selectors.BaseSelector, connection: Connection, at: tuple[str, int], request: bytes) -> None:
    if not connection.ends:
        connection.send(request)
        return
    selector.unregister(connection.socket)
    connection.socket.close()
    _open(selector, at, request)


def _open(selector: selectors.BaseSelector, at: tuple[str, int], request: bytes) -> None:
    connection = Connection(socket.create_connection(at, timeout=10))
    selector.register(connection.socket, selectors.EVENT_READ, connection)
    connection.send(request)


def address(url: str) -> tuple[str, int]:
    """Where to connect."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def request_of(url: str, case: Case, headers: dict[str, str], text: str) -> bytes:
    """The bytes of a request."""
    body = text.encode()
    told = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body))} | headers
    lines = [f"{case.method} {case.path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
