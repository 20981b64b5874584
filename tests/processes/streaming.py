"""Live processes beside the web processes of a stack, and readers of their streams."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import requests

from devstack.processes import end
from tests.processes.stack import PASSWORD, Program, Stack, eventually, free_port

LIVE = ("-m", "gunicorn", "-c", "deploy/live.conf.py", "live:app")
STREAM, INBOX = "/console/live/stream/health/1", "/api/v1/notifications/stream"
SHORT = {"LIVE_HEARTBEAT_SECONDS": "0.3", "LIVE_RECHECK_SECONDS": "0.4", "LIVE_INBOX_SECONDS": "0.1"}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Live:
    """A live process on a port of its own."""

    stack: Stack
    port: int
    environment: dict[str, str]
    program: Program | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        before, self.stack.environment = self.stack.environment, self.environment
        try:
            self.program = self.stack.start(*LIVE)
        finally:
            self.stack.environment = before
        eventually(self.answers, "the live process answers")

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return requests.get(f"{self.url}/health", timeout=2).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """As the kernel would."""
        assert self.program is not None
        self.program.kill()
        self.program.wait()

    def stop(self) -> None:
        """In order."""
        if self.program is not None:
            end(self.program, (signal.SIGTERM, 10.0))

    def figure(self, name: str, **labels: str) -> float:
        """A figure of its own."""
        wanted = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        text = requests.get(f"{self.url}/metrics", timeout=30).text
        found = re.findall(rf"^{name}\{{{wanted}\}} (\S+)$", text, re.MULTILINE)
        return float(found[0]) if found else 0.0


@contextmanager
def live_beside(stack: Stack, **changes: str) -> Iterator[Live]:
    """A live process over the same servers, that has its figures for itself."""
    port = free_port()
    own = {"LIVE_PORT": str(port), "LIVE_URL": f":{port}", "PORT": str(stack.port)}
    own["PROMETHEUS_MULTIPROC_DIR"] = str(stack.home / "run" / f"metrics-live-{port}")
    made = Live(stack, port, stack.environment | SHORT | own | changes)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@dataclass
class Reader:
    """A client that keeps every event it gets, on a thread of its own."""

    answer: requests.Response
    events: list[tuple[str, str, Any]] = field(default_factory=list)
    ended: bool = False

    def __post_init__(self) -> None:
        """Read on."""
        Thread(target=self._read, daemon=True).start()

    def of(self, kind: str) -> list[Any]:
        """What the events of one kind told."""
        return [told for name, _, told in list(self.events) if name == kind]

    @property
    def last_id(self) -> str:
        """The id of the last event that had one."""
        numbers = [number for _, number, _ in self.events if number]
        return numbers[-1]

    @property
    def page(self) -> str:
        """The zones as they stand on the page."""
        zones: dict[str, str] = {}
        for told in self.of("zones"):
            zones |= told["zones"]
        return " ".join(zones.values())

    def close(self) -> None:
        """Go away."""
        self.answer.close()

    def _read(self) -> None:
        told: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines(chunk_size=None):
                name, _, value = line.decode().partition(": ")
                if line:
                    told[name] = value
                elif "data" in told:
                    self.events.append((told.get("event", ""), told.get("id", ""), json.loads(told["data"])))
                if not line:
                    told = {}
        except (requests.RequestException, AttributeError, ValueError):
            pass  # the line was cut, by either side
        self.ended = True


def console_session(stack: Stack, username: str) -> requests.Session:
    """A browser that has signed in to the console."""
    browser, login = requests.Session(), f"http://127.0.0.1:{stack.port}/console/login"
    found = TOKEN.search(browser.get(login, timeout=60).text)
    assert found is not None
    form = {"username": username, "password": PASSWORD, "csrf_token": found[1]}
    answer = browser.post(login, data=form, allow_redirects=False, timeout=60)
    assert answer.status_code == 303, answer.text
    return browser


def watching(live: Live, browser: requests.Session, path: str = STREAM) -> Reader:
    """A page that is open."""
    origin = {"Origin": f"http://127.0.0.1:{live.stack.port}"}
    answer = browser.get(f"{live.url}{path}", headers=origin, stream=True, timeout=30)
    assert answer.status_code == 200, answer.text
    return Reader(answer)


def listening(live: Live, token: str, last_id: str = "") -> Reader:
    """A customer's app that listens."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last_id} if last_id else {})
    answer = requests.get(f"{live.url}{INBOX}", headers=headers, stream=True, timeout=30)
    assert answer.status_code == 200, answer.text
    return Reader(answer)
