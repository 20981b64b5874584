"""What a payment provider can be asked, whoever it is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from app.payments.service.inbox import Told


@dataclass(frozen=True)
class Checkout:
    """A page on which a customer pays."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Outcome:
    """A definite answer to a refund; silence is an exception."""

    succeeded: bool
    provider_id: str | None = None
    error: str | None = None


class Provider(Protocol):
    """A payment provider; asked again under the same reference or refund id, it does nothing twice."""

    name: str

    def checkout(self, *, reference: str, amount: Decimal, currency: str) -> Checkout:
        """A page on which this can be paid."""

    def refund(
        self, *, refund_id: UUID, reference: str, payment_id: str | None, amount: Decimal, currency: str
    ) -> Outcome:
        """Pay this back."""

    def told_of(self, *, reference: str, checkout_id: str | None) -> list[Told]:
        """Everything that happened to this payment, for messages that were lost."""
