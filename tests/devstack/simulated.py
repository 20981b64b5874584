"""The payment simulator as the supervisor runs it, and whoever speaks with it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.devstack.beside import Beside, answering

KEY = "our key at the provider"
SECRET = "whsec_bmV3IHNlY3JldCBvZiB0aGUgc2hvcA=="


class Simulator(Beside):
    """A payment provider of the shop."""

    module = "devstack.simulator"
    key = KEY

    def __init__(self, folder: Path, webhook_url: str, **environ: str) -> None:
        self.arguments = (webhook_url,)
        super().__init__(folder, **{"PAYMENT_PROVIDER_KEY": KEY, "PAYMENT_WEBHOOK_SECRETS": SECRET} | environ)

    @property
    def settings(self) -> dict[str, str]:
        """How the shop is told of it."""
        return {"PAYMENT_PROVIDER": "generic", "PAYMENT_PROVIDER_URL": self.url} | self._environ

    def tells(self, port: int) -> None:
        """From now on its messages go to this port of a shop."""
        self.end()
        self.arguments = (f"http://127.0.0.1:{port}/api/v1/webhooks/payment",)
        self.start()
        self.until_it_answers()

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


def simulator(folder: Path, webhook_url: str, **environ: str) -> AbstractContextManager[Simulator]:
    """A simulator that answers."""
    return answering(Simulator(folder, webhook_url, **environ))
