"""The payment simulator as the supervisor runs it, and whoever speaks with it."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from devstack.processes import end, spawn
from tests.devstack.running import ROOT, eventually

KEY = "our key at the provider"
SECRET = "whsec_bmV3IHNlY3JldCBvZiB0aGUgc2hvcA=="


class Simulator:
    """Its socket outlives it, as that of the supervisor does."""

    def __init__(self, folder: Path, webhook_url: str, **environ: str) -> None:
        self.folder, self.webhook_url = folder, webhook_url
        self._environ = {"PAYMENT_PROVIDER_KEY": KEY, "PAYMENT_WEBHOOK_SECRETS": SECRET} | environ
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.start()

    @property
    def settings(self) -> dict[str, str]:
        """How the shop is told of it."""
        return {"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": self.url} | self._environ

    def start(self) -> None:
        """Once more, with what it kept."""
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "devstack.simulator", str(self.folder), str(descriptor), self.webhook_url]
        with self.folder.with_suffix(".log").open("ab") as output:
            self.process = spawn(command, env=self._environ, cwd=ROOT, output=output, keep_open=[descriptor])

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """It is gone."""
        end(self.process, (number, 10.0))

    def tells(self, port: int) -> None:
        """From now on its messages go to this port of a shop."""
        self.end()
        self.webhook_url = f"http://127.0.0.1:{port}/api/v1/webhooks/payment"
        self.start()
        eventually(lambda: self.ask("GET", "behaviour").ok, "the simulator answers")

    def close(self) -> None:
        """It is gone for good."""
        self.end(signal.SIGKILL)
        self._listener.close()

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> Any:
        """The answer to a call under our key."""
        headers = {"Authorization": f"Bearer {KEY}"} | ({"Idempotency-Key": key} if key else {})
        headers |= options.pop("headers", {})
        return requests.request(method, f"{self.url}/{path}", json=body, headers=headers, timeout=30, **options)

    def behave(self, **wishes: Any) -> None:
        """From now on like this."""
        answer = self.ask("POST", "behaviour", wishes)
        assert answer.status_code == 200, answer.text

    def open(self, reference: str, amount: str = "39.80", key: str = "") -> dict[str, Any]:
        """A checkout."""
        asked = {"reference": reference, "amount": amount, "currency": "EUR", "return_url": ""}
        answer = self.ask("POST", "checkouts", asked, key=key or reference)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def pay(self, reference: str, **how: Any) -> dict[str, Any]:
        """Somebody pays what has a checkout."""
        answer = self.ask("POST", f"payments/{reference}", {"status": "success"} | how)
        assert answer.status_code == 200, answer.text
        event: dict[str, Any] = answer.json()
        return event

    def events(self, reference: str) -> list[tuple[str, str]]:
        """What happened to a payment, and how much of it."""
        told = self.ask("GET", f"payments/{reference}").json()["events"]
        return [(event["status"], event["amount"]) for event in told]


@contextmanager
def simulator(folder: Path, webhook_url: str, **environ: str) -> Iterator[Simulator]:
    """A simulator that answers."""
    made = Simulator(folder, webhook_url, **environ)
    try:
        eventually(lambda: made.ask("GET", "behaviour").ok, "the simulator answers")
        yield made
    finally:
        made.close()
