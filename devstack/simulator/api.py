"""The provider's side of the generic protocol, and how a test or a person at a terminal makes it act."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from devstack.calls import Facts, Reply, text_of
from devstack.keyed import Behaving
from devstack.simulator.behaviour import Behaviour
from devstack.simulator.ledger import Ledger
from devstack.simulator.postman import Postman


class Provider(Behaving[Behaviour]):
    """What the simulated provider does, however it is asked."""

    def __init__(self, ledger: Ledger, postman: Postman, behaviour: Behaviour) -> None:
        super().__init__(behaviour)
        self.ledger, self._postman = ledger, postman

    def pay(self, checkout_id: str, amount: str | None = None, *, duplicates: int = 0) -> Facts:
        """A payment of what is asked for, or of another amount."""
        return self._sent(self.ledger.pay(checkout_id, amount), duplicates)

    def decline(self, checkout_id: str, *, duplicates: int = 0) -> Facts:
        """A payment that fails."""
        return self._sent(self.ledger.decline(checkout_id), duplicates)

    def refund(self, key: str, asked: Facts) -> Facts:
        """Money goes back, once for each key."""
        made, event = self.ledger.refund(key, asked, willing=not self.behaviour.refuse_refunds)
        if event is not None:
            self._sent(event, 0)
        return made

    def _sent(self, event: Facts, duplicates: int) -> Facts:
        more = self.behaviour.duplicates + duplicates
        self._postman.send(event, self.behaviour.changed({"duplicates": more}))
        return event


def open_checkout(provider: Provider, key: str, body: Mapping[str, Any], address: str) -> Reply:
    """POST /checkouts."""
    asked = {name: text_of(body, name) for name in ("reference", "amount", "currency")}
    made = provider.ledger.checkout(key, return_url=str(body.get("return_url") or ""), **asked)
    shown = {"id": made["id"], "url": f"{address}/pay/{made['id']}", "expires_at": made["expires_at"]}
    return HTTPStatus.CREATED, shown


def refund(provider: Provider, key: str, body: Mapping[str, Any], _: str) -> Reply:
    """POST /refunds."""
    for name in ("refund_id", "reference", "amount", "currency"):
        text_of(body, name)
    made = provider.refund(key, dict(body))
    if made["refused"] is not None:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": made["refused"]}
    return HTTPStatus.CREATED, {"id": made["id"]}


def payment(provider: Provider, reference: str) -> Reply:
    """GET /payments/<reference>."""
    if provider.ledger.checkout_of(reference) is None:
        return HTTPStatus.NOT_FOUND, {"detail": "There is no such payment."}
    return HTTPStatus.OK, {"events": provider.ledger.told(reference)}


def pay(provider: Provider, reference: str, body: Mapping[str, Any]) -> Reply:
    """POST /payments/<reference> {status, amount?, duplicates?}: as if somebody had used the page."""
    checkout = provider.ledger.checkout_of(reference)
    if checkout is None:
        return HTTPStatus.NOT_FOUND, {"detail": "There is no such checkout."}
    duplicates = int(body.get("duplicates", 0))
    if body.get("status") == "failed":
        return HTTPStatus.OK, provider.decline(checkout["id"], duplicates=duplicates)
    amount = None if body.get("amount") is None else str(body["amount"])
    return HTTPStatus.OK, provider.pay(checkout["id"], amount, duplicates=duplicates)


CALLS: dict[str, Callable[[Provider, str, Mapping[str, Any], str], Reply]] = {
    "checkouts": open_checkout,
    "refunds": refund,
}
