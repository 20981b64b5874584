"""The partner simulator as the supervisor runs it, and whoever speaks with it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.devstack.beside import Beside, answering

KEY = "our key at the partner"
WELL = {"success_rate": 1, "delay": 0, "late": 0, "late_share": 1, "fault_share": 1, "acts": False}


class Partner(Beside):
    """A partner of the shop."""

    module = "devstack.partner"
    key = KEY

    def __init__(self, folder: Path, **environ: str) -> None:
        super().__init__(folder, **{"PARTNER_KEY": KEY} | environ)

    @property
    def settings(self) -> dict[str, str]:
        """How the shop is told of it."""
        return {"PARTNER_URL": self.url, "PARTNER_KEY": KEY}

    def activate(self, name: str, **changes: Any) -> Any:
        """The answer to an activation."""
        asked = {"transaction_id": name, "customer_id": 7, "offer_id": 3, "offer": "Gold", "duration_days": 30}
        return self.ask("POST", "activations", asked | {"amount": "9.90", "currency": "EUR"} | changes, key=name)

    def status(self, name: str) -> str:
        """What it says of a transaction."""
        status: str = self.ask("GET", f"activations/{name}").json()["status"]
        return status

    def effects(self) -> dict[str, int]:
        """How often each transaction that it heard of was applied."""
        effects: dict[str, int] = self.ask("GET", "effects").json()["effects"]
        return effects

    def behave_well(self) -> None:
        """Every activation succeeds at once, and every call is answered."""
        self.behave(answers="well", lookups="well", **WELL)


def partner(folder: Path, **environ: str) -> AbstractContextManager[Partner]:
    """A partner that answers."""
    return answering(Partner(folder, **environ))
