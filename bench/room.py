"""`python -m bench.room`: from the answer to a hold until open sale rooms show it, at 200 holds a second.

Nineteen rooms are sockets that read the stream; one is a page in Chromium, whose clock stops in the frame after its
stock bar changed. It is left out where there is no driver for a browser. A hold is shown when a room counts at least as
many as were answered up to then.
"""

import argparse
import re
import socket
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread, local
from typing import Any

from app.operations.demo.buyers import Buyer
from bench import market, promos
from bench.crowd import Caller
from bench.live import serving_streams, signed_in
from bench.stack import Stack, running
from devstack.ports import listen

ROOMS, CALLERS, LONGEST = 20, 16, 55.0  # a hold lapses after 60 s, and then no longer counts
HELD = re.compile(rb"<strong>([0-9,]+)</strong> held")
WATCH = """
    window.seen = [];
    new MutationObserver(() => requestAnimationFrame(() => {
        const shown = document.querySelector("[data-zone=stock] .bar-key-held strong");
        if (shown) seen.push([Date.now() / 1000, Number(shown.textContent.replaceAll(",", ""))]);
    })).observe(document, { childList: true, subtree: true });
"""
Seen = list[tuple[float, int]]


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.room", description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="holds a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="at most 55")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hf-bench-") as home,
        listen(0, "LIVE_PORT") as listener,
        ExitStack() as more,
    ):
        port = listener.getsockname()[1]
        stack = more.enter_context(running(Path(home), workers=2, LIVE_URL=f":{port}", LOG_LEVEL="warning"))
        live = more.enter_context(serving_streams(stack, Path(home), listener))
        crowd = market.crowd(stack, "s", round(asked.rate * min(asked.seconds, LONGEST)))
        ((promo,),) = market.rows(stack, promos.PROMOS, [market.shelves(stack)[:1]])
        cookie = signed_in(stack)
        rooms = [more.enter_context(_socket(port, cookie, promo)) for _ in range(ROOMS - 1)]
        page = more.enter_context(_page(stack, cookie, promo)) if find_spec("playwright") else None
        used = sum(live.cpu_times()[:2])
        answered = _held(stack, crowd, promo, asked.rate)
        _print(answered, rooms, page, sum(live.cpu_times()[:2]) - used)
    return 0


def _print(answered: Sequence[float], rooms: Sequence[Seen], page: Any, cpu: float) -> None:
    lasted = answered[-1] - answered[0]
    print(f"{len(answered)} holds, {len(answered) / lasted:.0f} a second; live took {cpu / lasted:.0%} of a core")
    time.sleep(2)
    print(_line(f"{len(rooms)} rooms by socket", [delay for seen in rooms for delay in _delays(answered, seen)]))
    if page is not None:
        print(_line("one room in Chromium", _delays(answered, page.evaluate("seen"))))


def _line(name: str, delays: Sequence[float]) -> str:
    cuts = quantiles(delays, n=100)
    p50, p95, slowest = (1000 * each for each in (cuts[49], cuts[94], max(delays)))
    return f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, slowest {slowest:.0f} ms"


def _delays(answered: Sequence[float], seen: Sequence[Sequence[float]]) -> list[float]:
    """For each hold, from its answer until a room counted it."""
    counts = [most for _, most in _rising(seen)]
    times = [at for at, _ in _rising(seen)]
    if not counts or counts[-1] < len(answered):
        raise SystemExit(f"a room shows {counts[-1:]} of {len(answered)} holds")
    return [max(0.0, times[bisect_left(counts, number)] - at) for number, at in enumerate(answered, 1)]


def _rising(seen: Sequence[Sequence[float]]) -> Iterator[tuple[float, float]]:
    most = -1.0
    for at, count in seen:
        if count > most:
            most = count
            yield at, most


def _held(stack: Stack, crowd: Sequence[Buyer], promo: int, rate: int) -> list[float]:
    """Each buyer holds a unit at their time; when each was answered."""
    mine, began = local(), time.time() + 0.2

    def hold(number: int, buyer: Buyer) -> float:
        if not hasattr(mine, "caller"):
            mine.caller = Caller(stack.url)
        time.sleep(max(0.0, began + number / rate - time.time()))
        answer = mine.caller.ask("POST", promos.HOLDS, {"promo_id": promo}, token=buyer.token)
        if "expires_at" not in answer:
            raise SystemExit(f"a hold was refused: {answer}")
        return time.time()

    with ThreadPoolExecutor(CALLERS) as pool:
        return sorted(pool.map(hold, range(len(crowd)), crowd))


@contextmanager
def _socket(port: int, cookie: str, promo: int) -> Iterator[Seen]:
    """What a reader of the stream was told: when, and how many were held."""
    seen, over = Seen(), Event()
    request = f"GET /console/live/stream/promo/{promo} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(request.encode())

        def read() -> None:
            rest = b""
            while not over.is_set() and (told := line.recv(262_144)):
                for found in HELD.finditer(text := rest + told):
                    seen.append((time.time(), int(found[1].replace(b",", b""))))
                rest = b"" if HELD.search(text) else text[-100:]

        reader = Thread(target=read, daemon=True)
        reader.start()
        yield seen
        over.set()
        line.shutdown(socket.SHUT_RDWR)
        reader.join()


@contextmanager
def _page(stack: Stack, cookie: str, promo: int) -> Iterator[Any]:
    """The room as a person has it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - what runs benches need not have it

    name, _, value = cookie.partition("=")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/console"}])
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{stack.url}/console/live/{promo}")
        page.locator(".live-pill[data-state=live]").wait_for()
        yield page
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
