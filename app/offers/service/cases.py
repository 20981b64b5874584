"""What operators do about an activation: ask the partner again, or end one about which the partner stays silent."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.core import db
from app.core.bulk import Outcome
from app.offers.errors import TransactionEnded, TransactionNotFound, TransactionNotStuck, TransactionWentOn
from app.offers.models import Activation
from app.offers.queries import activations
from app.offers.queries.activations import ActivationFilter
from app.offers.rules import ENDED, FAILED, OPEN, SUCCESS
from app.offers.service import steps

ASKED_AT_ONCE = 200


def ask_again(*, transaction_id: UUID, step: int | None = None) -> None:
    """Do the next step now, whatever the pause; `step` names the one that was looked at, after which it counts once."""
    row = _locked(transaction_id)
    if step is not None and row.step != step:
        raise TransactionWentOn
    _ask([transaction_id])


def ask_many(*, which: ActivationFilter, ids: Collection[UUID] | None) -> Outcome:
    """Ask again about those that are named, or all of a filter, as far as they have not ended: the oldest first."""
    which = replace(which, ids=None if ids is None else tuple(ids))
    counts = activations.counts(which) if which.status is None else {which.status: activations.count(which)}
    wanted = activations.open_ones(which, limit=ASKED_AT_ONCE)
    mine = select(Activation.id).where(Activation.id.in_(wanted), Activation.status.in_(OPEN)).order_by(Activation.id)
    asked = db.session().scalars(mine.with_for_update()).all()
    _ask(asked)
    left = {"activated": counts.get(SUCCESS, 0), "failed": counts.get(FAILED, 0)}
    rest = sum(counts.get(status, 0) for status in OPEN) - len(wanted)
    left |= {"ended meanwhile": len(wanted) - len(asked), "left for another time": max(0, rest)}
    return Outcome(len(asked), left)


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


def _ask(ids: Sequence[UUID]) -> None:
    steps.take_over([*ids])
    for transaction_id in ids:
        audit.record("activation.asked_again", object_type="activation", object_id=transaction_id)


def _locked(transaction_id: UUID) -> Any:
    row = db.session().scalar(select(Activation).where(Activation.id == transaction_id).with_for_update())
    if row is None:
        raise TransactionNotFound(transaction_id=transaction_id)
    if row.status in ENDED:
        raise TransactionEnded(transaction_status=row.status)
    return row
