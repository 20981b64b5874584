"""What happened to money."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class PaymentsAccepted:
    """What was asked for these references came in, once and exactly."""

    references: tuple[str, ...]
    cause: str


@dataclass(frozen=True)
class PaymentsFailed:
    """A try to pay for these references failed; nothing came in for them."""

    references: tuple[str, ...]
    cause: str


@dataclass(frozen=True)
class PaymentsMismatched:
    """Money came in for these references, but not the amount or currency that was asked for."""

    references: tuple[str, ...]
    cause: str


@dataclass(frozen=True)
class RefundSucceeded:
    """Money went back."""

    reference: str
    refund_id: UUID
    amount: Decimal


@dataclass(frozen=True)
class RefundFailed:
    """The provider refuses to pay this back, or it failed on its way; it is no promise any more and can be retried."""

    reference: str
    refund_id: UUID
    amount: Decimal
