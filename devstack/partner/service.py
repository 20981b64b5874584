"""The partner's side of the protocol that `app.offers.gateways.partner` speaks."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from devstack.calls import Facts, Refused, Reply, money_of, text_of
from devstack.keyed import Behaving
from devstack.partner.behaviour import Behaviour
from devstack.partner.ledger import Ledger

WORDS = ("offer", "currency")
NUMBERS = ("customer_id", "offer_id", "duration_days")
ANSWERED = {
    "succeeded": HTTPStatus.CREATED,
    "pending": HTTPStatus.ACCEPTED,
    "refused": HTTPStatus.UNPROCESSABLE_ENTITY,
}
REASON = "The partner does not take this customer."


class Partner(Behaving[Behaviour]):
    """What the simulated partner does."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour) -> None:
        super().__init__(behaviour)
        self.ledger = ledger

    def activate(self, key: str, body: Facts) -> Reply:
        """POST /activations: heard of at once, done after the delay, or later than the answer."""
        wish, behaviour = _wish(key, body), self.behaviour
        name = wish["transaction_id"]
        lateness = behaviour.delay + behaviour.lateness(name)
        self.ledger.hear(wish, succeeds=behaviour.succeeds(name), seconds=lateness)
        time.sleep(behaviour.delay)
        shown = self._shown(name)
        return ANSWERED[shown["status"]], shown

    def look_up(self, name: str) -> Reply:
        """GET /activations/<transaction_id>."""
        shown = self._shown(name)
        return HTTPStatus.NOT_FOUND if shown["status"] == "absent" else HTTPStatus.OK, shown

    def effects(self) -> Reply:
        """GET /effects: how often each transaction was applied; no product asks for it."""
        return HTTPStatus.OK, {"effects": self.ledger.applied()}

    def _shown(self, name: str) -> Facts:
        shown = {"transaction_id": name, "status": self.ledger.status(name) or "absent"}
        match shown["status"]:
            case "succeeded":
                shown["reference"] = f"act_{name.replace('-', '')}"
            case "refused":
                shown["reason"] = REASON
        return shown


def mistaken(reply: Reply) -> Reply:
    """The same about another transaction."""
    status, shown = reply
    return status, shown | {"transaction_id": "00000000-0000-4000-8000-000000000000"}


def _wish(key: str, body: Facts) -> Facts:
    """What is asked for; Refused: not as it was agreed."""
    name = text_of(body, "transaction_id")
    if key != name or str(UUID(name)) != name:
        raise Refused("transaction_id is a UUID, and the Idempotency-Key is the same.")
    wish = {each: text_of(body, each) for each in WORDS} | {each: _number(body, each) for each in NUMBERS}
    return wish | {"transaction_id": name, "amount": money_of(text_of(body, "amount"))}


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refused(f"{name} is no positive whole number.")
    return value
