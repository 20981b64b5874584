"""What comes in is taken once, whoever tells it; what cannot be for the order goes back."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text

from app.core import db
from app.core.events import publish
from app.payments import queries
from app.payments.events import PaymentsAccepted, PaymentsFailed, PaymentsMismatched
from app.payments.models import ACCEPTED, MISMATCH, SURPLUS
from app.payments.service import refunds

FAILED = "failed"
_LOCK = text("SELECT payments_lock(:references)")
_CAPTURE = text("SELECT payments_capture(:reference, :amount, :currency, :provider, :provider_id, NULL, :note)")


def lock(references: Sequence[str]) -> None:
    """Hold the gates of these references until the commit; orders are locked after them."""
    db.session().execute(_LOCK, {"references": list(references)})


def take(
    *, reference: str, amount: Decimal, currency: str, provider: str, provider_id: str | None = None, note: str = ""
) -> str:
    """Take in what a provider or an operator says came in; the answer is what it counts as."""
    lock([reference])
    told = {"reference": reference, "amount": amount, "currency": currency, "provider": provider}
    verdict: str = db.session().scalar(_CAPTURE, told | {"provider_id": provider_id, "note": note})
    tell([(reference, verdict)], cause=provider)
    return verdict


def tell(verdicts: Sequence[tuple[str, str]], *, cause: str) -> None:
    """Tell higher domains what became of these references; what came in beyond what was asked for goes back."""
    by_verdict: dict[str, dict[str, None]] = defaultdict(dict)
    for reference, verdict in verdicts:
        by_verdict[verdict][reference] = None
    if accepted := tuple(by_verdict[ACCEPTED]):
        publish(PaymentsAccepted(accepted, cause))
    if failed := tuple(by_verdict[FAILED]):
        publish(PaymentsFailed(failed, cause))
    if mismatched := tuple(by_verdict[MISMATCH]):
        publish(PaymentsMismatched(mismatched, cause))
    came_in = [reference for reference, verdict in verdicts if verdict in {ACCEPTED, SURPLUS, MISMATCH}]
    for reference in queries.with_surplus(came_in) if came_in else ():
        refunds.give_back_surplus(reference=reference)
