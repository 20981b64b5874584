"""What operators do about an activation: ask the partner again, or end one about which the partner stays silent."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.core import db
from app.offers.errors import TransactionEnded, TransactionNotFound, TransactionNotStuck
from app.offers.models import Activation
from app.offers.rules import ENDED, FAILED, SUCCESS
from app.offers.service import steps


def ask_again(*, transaction_id: UUID) -> None:
    """Do the next step now, whatever the pause."""
    _locked(transaction_id)
    steps.take_over([transaction_id])
    audit.record("activation.asked_again", object_type="activation", object_id=transaction_id)


def settle(*, transaction_id: UUID, note: str) -> None:
    """The partner did it, as an operator knows: the money is ours, the subscription begins."""
    _end(transaction_id, SUCCESS, note)


def refund(*, transaction_id: UUID, note: str) -> None:
    """The partner did not do it, as an operator knows: the money goes back."""
    _end(transaction_id, FAILED, note)


def _end(transaction_id: UUID, status: str, note: str) -> None:
    if _locked(transaction_id).stuck_at is None:
        raise TransactionNotStuck
    steps.end(transaction_id=transaction_id, step=None, status=status, said=None, reason=note)


def _locked(transaction_id: UUID) -> Any:
    row = db.session().scalar(select(Activation).where(Activation.id == transaction_id).with_for_update())
    if row is None:
        raise TransactionNotFound(transaction_id=transaction_id)
    if row.status in ENDED:
        raise TransactionEnded(transaction_status=row.status)
    return row
