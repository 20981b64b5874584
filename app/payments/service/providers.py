"""The port to payment providers; the gateways enter their adapters here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Protocol
from uuid import UUID

from app.core.settings import Settings
from app.payments.errors import NoPaymentProvider, PaymentProviderUnavailable
from app.payments.service.inbox import Told

NONE = "none"


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


PROVIDERS: dict[str, Callable[[Settings], Provider]] = {}


def chosen(settings: Settings) -> Provider:
    """The provider that this deployment has."""
    if settings.payment_provider == NONE:
        raise NoPaymentProvider
    return PROVIDERS[settings.payment_provider](settings)


@contextmanager
def turn(settings: Settings) -> Iterator[None]:
    """One of the few places in which a web process waits for the provider; none is free: it counts as away."""
    places = _places(settings.payment_calls)
    if not places.acquire(blocking=False):
        raise PaymentProviderUnavailable
    try:
        yield
    finally:
        places.release()


@lru_cache(maxsize=4)
def _places(most: int) -> BoundedSemaphore:
    return BoundedSemaphore(most)
