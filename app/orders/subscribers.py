"""Orders' reactions to what happens to money."""

from app.core.events import subscribe
from app.orders.service import money, steps
from app.payments.events import PaymentsAccepted, PaymentsFailed, PaymentsMismatched, RefundFailed, RefundSucceeded

subscribe(RefundSucceeded)(money.paid_back)
subscribe(RefundFailed)(money.not_paid_back)


@subscribe(PaymentsAccepted)
def payments_accepted(event: PaymentsAccepted) -> None:
    """What is paid is confirmed."""
    money.accepted(event.references, event.cause)


@subscribe(PaymentsFailed)
def payments_failed(event: PaymentsFailed) -> None:
    """A failed try can be seen, and another one made."""
    steps.mark(event.references, "failed", kind="payment_failed", cause=event.cause)


@subscribe(PaymentsMismatched)
def payments_mismatched(event: PaymentsMismatched) -> None:
    """A wrong amount is looked at by people."""
    money.mismatched(event.references, event.cause)
