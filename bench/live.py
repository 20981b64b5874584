"""`python -m bench.live`: how long a change takes to reach 20 open pages, and what 1,000 open pages cost.

A change is a commit from beside; the clock stops when the event with it has been read from the socket of a page.
"""

import argparse
import http.cookiejar
import re
import secrets
import selectors
import signal
import socket
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import quantiles

import psutil
import psycopg2

from bench.stack import DEMO_PASSWORD, ROOT, Stack, running
from devstack.ports import listen
from devstack.processes import children, end, spawn

WATCHED = "CREATE TABLE bench_watched (id bigint PRIMARY KEY, value bigint); INSERT INTO bench_watched VALUES (1, 0)"
CHANGE = "UPDATE bench_watched SET value = %s WHERE id = 1"
FORM = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
IDLE_SECONDS = 20.0


class Pages:
    """Open streams, read as they come."""

    def __init__(self, port: int, cookie: str, many: int) -> None:
        self._selector = selectors.DefaultSelector()
        self.last = [b""] * many
        request = f"GET /console/live/stream/bench/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
        for number in range(many):
            line = socket.create_connection(("127.0.0.1", port))
            line.sendall(request)
            self._selector.register(line, selectors.EVENT_READ, number)

    def read(self, seconds: float) -> Iterator[int]:
        """The numbers of pages that were told something, as they are."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                told = key.fileobj.recv(65536)  # type: ignore[union-attr]  # sockets were registered
                if not told:
                    raise SystemExit(f"a stream ended: {self.last[key.data]!r}")
                self.last[key.data] = told
                yield key.data


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=100)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hf-bench-") as home,
        running(Path(home), workers=1) as stack,
        closing(psycopg2.connect(stack.database_url)) as connection,
    ):
        connection.autocommit = True
        cursor, cookie = connection.cursor(), signed_in(stack)
        cursor.execute(WATCHED)
        with _live(stack, Path(home)) as (port, _):
            print(_delays(Pages(port, cookie, 20), cursor, asked.changes, "20 pages"), flush=True)
        with _live(stack, Path(home)) as (port, process):
            before, pages = process.memory_info().rss, Pages(port, cookie, asked.pages)
            print(_cost(pages, process, before, asked.pages), flush=True)
            print(_delays(pages, cursor, asked.changes // 5, f"{asked.pages} pages"))
    return 0


def _delays(pages: Pages, cursor: "psycopg2.extensions.cursor", changes: int, name: str) -> str:
    """From the commit to each page, in milliseconds."""
    delays: list[float] = []
    for number in range(1, changes + 1):
        for _ in pages.read(0.3 + secrets.randbelow(400) / 1000):
            pass  # what there is still to read
        cursor.execute(CHANGE, [number])
        committed, waiting, wanted = time.monotonic(), set(range(len(pages.last))), f"value {number}.".encode()
        for page in pages.read(10):
            if page in waiting and wanted in pages.last[page]:
                waiting.discard(page)
                delays.append((time.monotonic() - committed) * 1000)
            if not waiting:
                break
        if waiting:
            raise SystemExit(f"{len(waiting)} pages were not told of change {number}")
    cuts = quantiles(delays, n=100)
    return f"{name}, {changes} changes: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, slowest {max(delays):.0f} ms"


def _cost(pages: Pages, process: psutil.Process, before: int, many: int) -> str:
    """Memory of open pages, and CPU while nothing changes."""
    for _ in pages.read(5):
        pass
    began = sum(process.cpu_times()[:2])
    for _ in pages.read(IDLE_SECONDS):
        pass
    used, rss = sum(process.cpu_times()[:2]) - began, process.memory_info().rss
    each = (rss - before) / many / 1024
    return (
        f"{many} idle pages: {rss / 2**20:.0f} MiB in all, {each:.0f} KiB a page,"
        f" {used / IDLE_SECONDS * 100:.1f} % of a core"
    )


def signed_in(stack: Stack) -> str:
    """The cookie of a viewer."""
    jar = http.cookiejar.CookieJar()
    browser, login = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)), f"{stack.url}/console/login"
    found = FORM.search(browser.open(login).read().decode())
    token = found[1] if found else ""
    form = {"username": "viewer", "password": DEMO_PASSWORD, "csrf_token": token}
    browser.open(login, urllib.parse.urlencode(form).encode()).close()
    return next(f"{cookie.name}={cookie.value}" for cookie in jar if cookie.name == "holdfast_session")


@contextmanager
def _live(stack: Stack, home: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The port and the worker of a live process with the stream of this measurement."""
    with listen(0, "LIVE_PORT") as listener, serving_streams(stack, home, listener, "bench.live_probe:app") as process:
        yield listener.getsockname()[1], process


@contextmanager
def serving_streams(
    stack: Stack, home: Path, listener: socket.socket, application: str = "live:app"
) -> Iterator[psutil.Process]:
    """The worker of a live process in which one user may open every page; it ends with the block."""
    port = listener.getsockname()[1]
    changes = {"BIND": f"fd://{listener.fileno()}", "LIVE_STREAMS_PER_USER": "1000", "LOG_LEVEL": "warning"}
    changes |= {"PORT": str(urllib.parse.urlsplit(stack.url).port), "LIVE_PORT": str(port)}
    changes |= {"PROMETHEUS_MULTIPROC_DIR": str(home / f"metrics-{port}")}
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "live.conf.py"), application]
    environment = dict(stack.environment) | changes
    program = spawn(command, env=environment, cwd=ROOT, output=sys.stderr.fileno(), keep_open=[listener.fileno()])
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30):
            yield psutil.Process(children(program.pid)[0])
    finally:
        end(program, (signal.SIGTERM, 10.0))


if __name__ == "__main__":
    sys.exit(main())
