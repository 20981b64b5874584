"""Stripe, by its own library: a checkout session, refunds of its payment intent, and a look at what became of both.

A refund that Stripe calls pending counts as paid back: it is on its way. Should it fail later, `refund.failed` tells
so; it has failed then, and can be tried again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

import stripe

from app.core import clock
from app.core.settings import Settings
from app.payments.errors import PaymentProviderUnavailable
from app.payments.gateways import stripe_events
from app.payments.gateways.pages import checkout_of, return_url
from app.payments.gateways.stripe_money import to_minor
from app.payments.service.inbox import Told
from app.payments.service.providers import Checkout, Outcome

REFUSED = (stripe.InvalidRequestError, stripe.CardError)
GONE = {"failed", "canceled"}


class StripeProvider:
    """The account that PAYMENT_PROVIDER_KEY opens."""

    name = "stripe"

    def __init__(self, settings: Settings) -> None:
        """Remember which."""
        self.settings = settings

    @cached_property
    def _api(self) -> Any:
        line = stripe.RequestsClient(timeout=self.settings.payment_timeout_seconds)
        place: Any = {"api": self.settings.stripe_api_base} if self.settings.stripe_api_base else {}
        key = self.settings.payment_provider_key
        return stripe.StripeClient(key, base_addresses=place, http_client=line, max_network_retries=0).v1

    def checkout(self, *, reference: str, amount: Decimal, currency: str) -> Checkout:
        """A session in which this can be paid; when the one of this key is over, another."""
        asked, key = self._session(reference, amount, currency), reference
        with _answered():
            made = self._api.checkout.sessions.create(asked, {"idempotency_key": key})
            while _moment(made) <= clock.utcnow() and key != made.id:
                key = made.id
                made = self._api.checkout.sessions.create(asked, {"idempotency_key": key})
            return checkout_of(made.id, made.url, _moment(made))

    def refund(
        self, *, refund_id: UUID, reference: str, payment_id: str | None, amount: Decimal, currency: str
    ) -> Outcome:
        """Pay this back."""
        asked = {"payment_intent": payment_id or "", "amount": to_minor(amount, currency)}
        asked |= {"metadata": {"reference": reference, "refund_id": str(refund_id)}}
        try:
            with _answered():
                made = self._api.refunds.create(asked, {"idempotency_key": str(refund_id)})
        except REFUSED as refusal:
            return Outcome(succeeded=False, error=str(refusal)[:500])
        if made.status in GONE:
            return Outcome(succeeded=False, provider_id=made.id, error=f"Stripe calls the refund {made.status}.")
        return Outcome(succeeded=True, provider_id=made.id)

    def told_of(self, *, reference: str, checkout_id: str | None) -> list[Told]:
        """What became of the session and of its money."""
        try:
            with _answered():
                session = self._api.checkout.sessions.retrieve(checkout_id).to_dict()
                told = [stripe_events.of_session(session, f"{session['id']}:{session['status']}")]
                paid = told[0] and told[0].payment_id
                refunds = self._api.refunds.list({"payment_intent": paid}).to_dict()["data"] if paid else []
        except REFUSED:
            return []
        told += [stripe_events.of_refund(each, f"{each['id']}:{each['status']}", reference) for each in refunds]
        return [each for each in told if each is not None]

    def _session(self, reference: str, amount: Decimal, currency: str) -> dict[str, Any]:
        back = return_url(self.settings, reference, otherwise=f"{self.settings.base_url}/")
        price = {"currency": currency.lower(), "unit_amount": to_minor(amount, currency)}
        return {
            "mode": "payment",
            "client_reference_id": reference,
            "metadata": {"reference": reference},
            "payment_intent_data": {"metadata": {"reference": reference}},
            "line_items": [{"quantity": 1, "price_data": price | {"product_data": {"name": reference}}}],
            "success_url": back,
            "cancel_url": back,
        }


def _moment(session: Any) -> datetime:
    return datetime.fromtimestamp(session.expires_at, UTC)


@contextmanager
def _answered() -> Iterator[None]:
    """Whatever is neither an answer nor a refusal leaves the effect unknown."""
    try:
        yield
    except REFUSED:
        raise
    except (stripe.StripeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise PaymentProviderUnavailable from error
