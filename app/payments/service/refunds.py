"""Money goes back: promised in one transaction, sent by a job, ended once.

A refund counts as gone from the moment it is promised, so two of them never promise the same money. The provider gets
the refund's id as idempotency key: sent again after a crash or a silence, it pays once. What an operator took in by
hand is paid back by hand, so such a refund has ended with its promise.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.events import publish
from app.jobs import service as jobs
from app.payments import queries
from app.payments.errors import NothingToRefund, RefundNotFailed, RefundNotFound, RefundTooLarge
from app.payments.events import RefundFailed, RefundSucceeded

SEND = "payments.send_refund"
MANUAL = "manual"
_LOCK = text("SELECT payments_lock(ARRAY[:reference])")
_PROMISE = text("SELECT * FROM payments_refund(:reference, :amount, :cause, :reason, 'requested', NULL, :who)")
_END = text("SELECT payments_end_refund(:id, :state, :provider_id, :error)")


def give_back(*, reference: str, cause: str, reason: str, amount: Decimal | None = None) -> Decimal:
    """Promise this much, or all that is left; how much is promised. The same cause promises once."""
    db.session().execute(_LOCK, {"reference": reference})
    left = queries.refundable(reference)
    asked = left if amount is None else amount
    if asked > left:
        raise RefundTooLarge(amount=str(asked), refundable=str(left))
    told = {"reference": reference, "amount": asked, "cause": cause, "reason": reason}
    made = db.session().execute(_PROMISE, told | {"who": audit.surroundings()}).all()
    for refund in made:
        _send(refund, reference, reason)
    return sum((refund.amount for refund in made), Decimal(0))


def give_back_surplus(*, reference: str) -> Decimal:
    """Promise what came in beyond what was asked for."""
    return give_back(reference=reference, cause="surplus", reason="paid twice", amount=queries.surplus(reference))


def retry(*, refund_id: UUID, reference: str) -> None:
    """Promise again what the provider refused to pay back."""
    failed = queries.refund(refund_id)
    if failed.reference != reference:
        raise RefundNotFound(refund_id=refund_id)
    if failed.state != "failed":
        raise RefundNotFailed(refund_state=failed.state)
    facts = {"reference": reference, "amount": failed.amount, "reason": failed.reason}
    if not give_back(cause=failed.cause, **facts):
        raise NothingToRefund


def end(*, refund_id: UUID, succeeded: bool, provider_id: str | None = None, error: str | None = None) -> None:
    """Write down how a refund ended; told again, nothing changes."""
    refund = queries.refund(refund_id)
    db.session().execute(_LOCK, {"reference": refund.reference})
    state = "succeeded" if succeeded else "failed"
    told = {"id": refund_id, "state": state, "provider_id": provider_id, "error": error}
    if db.session().scalar(_END, told) != "known":
        ended(refund, state)


def ended(refund: Any, state: str) -> None:
    """Tell higher domains that a refund has ended."""
    audit.record(f"refund.{state}", object_type="refund", object_id=refund.id, new=_facts(refund.reference, refund))
    facts = refund.reference, refund.id, refund.amount
    if state == "succeeded":
        publish(RefundSucceeded(*facts))
    else:
        publish(RefundFailed(*facts))


def _send(refund: Any, reference: str, reason: str) -> None:
    facts = _facts(reference, refund) | {"reason": reason}
    audit.record("refund.requested", object_type="refund", object_id=refund.refund_id, new=facts)
    if refund.via == MANUAL:
        end(refund_id=refund.refund_id, succeeded=True)
    else:
        jobs.enqueue(SEND, refund_id=str(refund.refund_id))


def _facts(reference: str, refund: Any) -> dict[str, Any]:
    return {"reference": reference, "amount": refund.amount}
