"""Callers with a connection each, who ask one thing after the other until the time is over."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from bench.figures import BenchError, Figure

AUTH = "/api/v1/auth"


class Caller:
    """One keep-alive connection and what its answers were."""

    def __init__(self, url: str) -> None:
        """Not connected yet."""
        self._line = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self.seconds: list[float] = []
        self.refused = 0

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> dict[str, Any]:
        """The answer's JSON; a refusal is counted apart from what is measured."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        began = time.perf_counter()
        self._line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self._line.getresponse()
        text = answer.read()
        if answer.status >= 500 and answer.status != 503:
            raise BenchError(f"{method} {path} is answered with {answer.status}: {text[:200]!r}")
        if answer.status == 200:
            self.seconds.append(time.perf_counter() - began)
        else:
            self.refused += 1
        read: dict[str, Any] = json.loads(text)
        return read

    def login(self, username: str, password: str) -> dict[str, Any]:
        """One login."""
        return self.ask("POST", f"{AUTH}/login", {"username": username, "password": password})


Act = Callable[[Caller, int], object]


def measured(url: str, count: int, seconds: float, act: Act) -> Figure:
    """So many callers act over and over for these seconds; refusals are the figure's errors."""
    callers = [Caller(url) for _ in range(count)]
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        for future in [
            pool.submit(_until, began + seconds, caller, number, act) for number, caller in enumerate(callers)
        ]:
            future.result()
    lasted = time.perf_counter() - began  # who is waiting for an answer when the time is over, waits for it
    took = sorted(each for caller in callers for each in caller.seconds)
    if len(took) < 2:
        raise BenchError("nothing was answered")
    return Figure(
        per_second=len(took) / lasted,
        p50_ms=median(took) * 1000,
        p99_ms=quantiles(took, n=100, method="inclusive")[98] * 1000,
        errors=sum(caller.refused for caller in callers),
    )


def _until(deadline: float, caller: Caller, number: int, act: Act) -> None:
    while time.perf_counter() < deadline:
        act(caller, number)


@contextmanager
def besieged(url: str, count: int, act: Act) -> Iterator[None]:
    """So many callers act over and over while the block runs."""
    over = Event()

    def one(number: int) -> None:
        caller = Caller(url)
        while not over.is_set():
            act(caller, number)

    threads = [Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
