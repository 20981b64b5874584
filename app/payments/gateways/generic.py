"""The generic provider: JSON over HTTP with a bearer key, idempotency keys, and Standard Webhooks back.

POST /checkouts   {reference, amount, currency, return_url}              201 {id, url, expires_at}
POST /refunds     {refund_id, reference, payment_id, amount, currency}   201 {id}; 4xx {detail}: refused for good
GET  /payments/<reference>                                               200 {events: [as in the webhooks]}
"""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from marshmallow import ValidationError

from app.core.outbound import Answer, Call, NoAnswer, ask
from app.core.settings import Settings
from app.payments.errors import PaymentProviderUnavailable
from app.payments.gateways.messages import WebhookIn
from app.payments.gateways.pages import checkout_of, return_url
from app.payments.service.inbox import Told
from app.payments.service.providers import Checkout, Outcome

NOT_REFUSED = {401, 403, 404, 408, 409, 425, 429}


class GenericProvider:
    """Whoever speaks that protocol: the simulator of `make run` does."""

    name = "generic"

    def __init__(self, settings: Settings) -> None:
        """Remember where it is."""
        self.settings = settings

    def checkout(self, *, reference: str, amount: Decimal, currency: str) -> Checkout:
        """A page on which this can be paid."""
        asked = {"reference": reference, "amount": str(amount), "currency": currency}
        asked |= {"return_url": return_url(self.settings, reference)}
        told = self._read(self._ask("POST", "checkouts", asked, key=reference))
        try:
            return checkout_of(told["id"], told["url"], datetime.fromisoformat(told["expires_at"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PaymentProviderUnavailable from error

    def refund(
        self, *, refund_id: UUID, reference: str, payment_id: str | None, amount: Decimal, currency: str
    ) -> Outcome:
        """Pay this back."""
        asked = {"refund_id": str(refund_id), "reference": reference, "payment_id": payment_id}
        answer = self._ask("POST", "refunds", asked | {"amount": str(amount), "currency": currency}, key=str(refund_id))
        if 400 <= answer.status < 500 and answer.status not in NOT_REFUSED:
            return Outcome(succeeded=False, error=answer.body.decode(errors="replace").replace("\0", " ")[:500])
        try:
            return Outcome(succeeded=True, provider_id=str(self._read(answer)["id"]))
        except (KeyError, TypeError) as error:
            raise PaymentProviderUnavailable from error

    def told_of(self, *, reference: str, checkout_id: str | None) -> list[Told]:
        """Everything that happened to this payment."""
        del checkout_id
        answer = self._ask("GET", f"payments/{quote(reference, safe='')}")
        if answer.status == 404:
            return []
        try:
            return [WebhookIn().load(event) for event in self._read(answer)["events"]]
        except (ValidationError, KeyError, TypeError) as error:
            raise PaymentProviderUnavailable from error

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Answer:
        address = f"{self.settings.payment_provider_url.rstrip('/')}/{path}"
        headers = {"Authorization": f"Bearer {self.settings.payment_provider_key}", "Accept-Encoding": "identity"}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Content-Type": "application/json"} if body else {}
        call = Call(method, address, headers, json.dumps(body).encode() if body else None)
        try:
            return ask(call, seconds=self.settings.payment_timeout_seconds)
        except NoAnswer as silence:
            raise PaymentProviderUnavailable from silence

    @staticmethod
    def _read(answer: Answer) -> Any:
        """The JSON of a success; whatever else it is, the effect is unknown."""
        try:
            if 200 <= answer.status < 300:
                return json.loads(answer.body)
        except (ValueError, RecursionError):
            pass  # a success that cannot be read is no answer either
        raise PaymentProviderUnavailable
