"""Offers that exist, and a partner who says what a test wants to hear."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.core import context
from app.core.web import HoldfastApp, settings_of
from app.jobs import worker
from tests.api.letters import told
from tests.callers import Caller

OFFERS, ACTIVATION, SUBSCRIPTIONS = "/api/v1/offers", "/api/v1/activation", "/api/v1/account/subscriptions"
PREMIUM = {"name": "Premium", "description": "Everything.", "price": "9.90", "duration_days": 30}


def offer(staff: Caller, **changes: Any) -> dict[str, Any]:
    """An offer that was just made."""
    answer = staff.post(OFFERS, json=PREMIUM | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def wish(caller: Caller, offer_id: int, *, repeat: bool = False, **options: Any) -> Any:
    """The answer to the wish to activate an offer."""
    return caller.post(ACTIVATION, json={"offer_id": offer_id, "repeat": repeat}, **options)


def asked(caller: Caller, offer_id: int, *, repeat: bool = False) -> str:
    """An activation that was asked for."""
    answer = wish(caller, offer_id, repeat=repeat)
    assert answer.status_code == 202, answer.text
    transaction_id: str = answer.json["transaction_id"]
    return transaction_id


@dataclass
class Partner:
    """A real HTTP service that answers one word after the other, and keeps what it was sent."""

    words: list[str] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, name: str) -> tuple[int, dict[str, str]]:
        """The next word; the last one is said for ever."""
        self.heard.append((method, name))
        word = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        status = {"succeeded": 200, "pending": 202 if method == "POST" else 200, "refused": 422, "absent": 404}
        if method == "GET" and word == "refused":
            return 200, {"transaction_id": name, "status": word, "reason": "no"}
        told = {"transaction_id": name, "status": word, "reason": "no" if word == "refused" else "", "reference": "R-1"}
        return status.get(word, 503), told


@contextmanager
def partner(app: HoldfastApp, *words: str, **settings: Any) -> Iterator[Partner]:
    """The application has this partner until the block ends."""
    speaker = Partner(list(words))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _speaking(speaker))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    speaker.url = f"http://127.0.0.1:{server.server_port}"
    quick: dict[str, Any] = {
        "activation_backoff_seconds": 0.01,
        "activation_absent_seconds": 0,
        "partner_url": speaker.url,
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            changed = replace(settings_of(app), **(quick | {"partner_key": "key"} | settings))
            patch.setitem(app.extensions, "holdfast.settings", changed)
            yield speaker
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def steps(app: HoldfastApp, count: int = 1) -> None:
    """Do the next step of everything that is open, so many times, whatever the pauses."""
    for _ in range(count):
        waiting = told(app, "SELECT id FROM jobs WHERE name = 'offers.activate' AND state = 'queued' ORDER BY id")
        with app.app_context(), context.surroundings(source="job"):
            worker.perform("offers.activate", [row.id for row in waiting])


def _speaking(told: Partner) -> type[BaseHTTPRequestHandler]:
    class Speaking(BaseHTTPRequestHandler):
        """HTTP in front of a partner."""

        def do_POST(self) -> None:
            self._say("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"])))["transaction_id"])

        def do_GET(self) -> None:
            self._say("GET", self.path.rpartition("/")[2])

        def _say(self, method: str, name: str) -> None:
            status, body = told.answer(method, name)
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Speaking
