"""A payment provider that the application under test really speaks to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.core.settings import load
from app.core.web import HoldfastApp, settings_of
from tests.api.made_orders import ORDERS, WEBHOOK, signed
from tests.api.worked import work_off
from tests.callers import Caller
from tests.devstack.simulated import Simulator


@contextmanager
def provided(app: HoldfastApp, environ: dict[str, str], **more: Any) -> Iterator[None]:
    """The application has this provider until the block ends."""
    own, given = settings_of(app), load({"HOLDFAST_ENV": "test"} | environ)
    names = ("payment_provider", "payment_provider_url", "payment_provider_key", "stripe_webhook_secret")
    theirs = {name: getattr(given, name) for name in (*names, "stripe_api_base")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.extensions, "holdfast.settings", replace(own, **theirs, **more))
        yield


@dataclass(frozen=True)
class Shop:
    """An order of 39.80, who may do what with it, and the simulator at which it is paid."""

    provider: Simulator
    anna: Caller
    staff: Caller
    order: dict[str, Any]
    sql: Any

    def checkout(self) -> Any:
        """The answer to the wish to pay."""
        return self.anna.post(f"{ORDERS}/{self.order['id']}/payment")

    def pay(self, app: HoldfastApp) -> None:
        """It is paid at the provider, and the message comes."""
        assert self.checkout().status_code == 200
        self.hear(app, self.provider.pay(self.order["reference"]))

    def hear(self, app: HoldfastApp, event: dict[str, Any]) -> None:
        """A message comes and is settled."""
        assert self.anna.client.post(WEBHOOK, **signed(event)).status_code == 200
        work_off(app, "payments.settle")

    def give_back(self, app: HoldfastApp) -> str:
        """A part is to be paid back, and is sent once; where its refunds are."""
        place = f"{ORDERS}/{self.order['id']}/refunds"
        assert self.staff.post(place, json={"amount": "9.80", "reason": "x"}).status_code == 201
        work_off(app, "payments.send_refund")
        return place

    def shown(self) -> tuple[str, str, str]:
        """How far it is."""
        found = self.anna.get(f"{ORDERS}/{self.order['id']}").json
        return found["status"], found["payment_status"], found["refunded"]

    def events(self) -> list[tuple[str, str]]:
        """What the provider did."""
        return self.provider.events(self.order["reference"])

    def refunds(self) -> list[tuple[str, str]]:
        """How each refund ended, and how much it was."""
        return self.ask("SELECT state, amount::text FROM refunds ORDER BY created_at, id")

    def ask(self, statement: str) -> list[Any]:
        """What the database answers."""
        self.sql.execute(statement)
        return list(self.sql.fetchall())
