"""Every SELECT about money."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.payments.errors import RefundNotFound
from app.payments.models import ACCEPTED, OF_REFUNDS, Capture, Payment, Refund, WebhookEvent

PAYMENTS, CAPTURES, REFUNDS = Payment.__table__.c, Capture.__table__.c, Refund.__table__.c
EVENTS = WebhookEvent.__table__.c
_LATEST_EVENTS = Ordering("webhook_events:newest", (EVENTS.id,), ("id",), descending=True)
_LATEST_REFUNDS = Ordering("refunds:newest", (REFUNDS.created_at, REFUNDS.id), ("created_at", "id"), descending=True)
OPEN_FOR_LONG = timedelta(hours=1)


def payment(reference: str) -> Any:
    """What is asked for under a reference, as a row."""
    return session().execute(select(*PAYMENTS).where(PAYMENTS.reference == reference)).one()


def live_checkout(reference: str) -> Any:
    """The page on which a reference can be paid now, if there is one."""
    live = select(*PAYMENTS).where(PAYMENTS.reference == reference)
    return session().execute(live.where(PAYMENTS.checkout_expires_at > func.clock_timestamp())).first()


def refundable(reference: str) -> Decimal:
    """How much of what came in is neither paid back nor promised back."""
    row = payment(reference)
    return Decimal(row.captured - row.refunded)


def with_surplus(references: Collection[str]) -> list[str]:
    """Those of these references for which more came in than was asked for, and is neither paid nor promised back."""
    accepted = select(CAPTURES.reference).where(CAPTURES.kind == ACCEPTED, CAPTURES.reference.in_(references))
    beyond = select(CAPTURES.reference).where(CAPTURES.kind != ACCEPTED, CAPTURES.refunded < CAPTURES.amount)
    return list(session().scalars(beyond.where(CAPTURES.reference.in_(accepted)).distinct()))


def with_money(references: Collection[str]) -> list[str]:
    """Those of these references for which something came in that is neither paid nor promised back."""
    there = select(PAYMENTS.reference).where(PAYMENTS.reference.in_(references), PAYMENTS.captured > PAYMENTS.refunded)
    return list(session().scalars(there.order_by(PAYMENTS.reference)))


def surplus(reference: str) -> Decimal:
    """How much came in beyond what was asked for, and is neither paid back nor promised back."""
    beyond = select(func.sum(CAPTURES.amount - CAPTURES.refunded))
    return session().scalar(beyond.where(CAPTURES.reference == reference, CAPTURES.kind != ACCEPTED)) or Decimal(0)


def captures(reference: str) -> Sequence[Any]:
    """What came in, the oldest first."""
    return session().execute(select(*CAPTURES).where(CAPTURES.reference == reference).order_by(CAPTURES.id)).all()


def refunds(reference: str) -> Sequence[Any]:
    """What went or goes back, the oldest first."""
    mine = select(*REFUNDS).where(REFUNDS.reference == reference)
    return session().execute(mine.order_by(REFUNDS.created_at, REFUNDS.id)).all()


def refund(refund_id: UUID) -> Any:
    """One refund with the capture that it pays back, as a row."""
    known = select(*REFUNDS, CAPTURES.provider, CAPTURES.provider_id.label("capture_provider_id"), CAPTURES.currency)
    row = (
        session().execute(known.join(Capture, CAPTURES.id == REFUNDS.capture_id).where(REFUNDS.id == refund_id)).first()
    )
    if row is None:
        raise RefundNotFound(refund_id=refund_id)
    return row


def paid_back(references: Collection[str]) -> dict[str, Decimal]:
    """How much of the accepted payment of each of these has gone back."""
    gone = (
        select(REFUNDS.reference, func.sum(REFUNDS.amount).label("amount"))
        .join(Capture, CAPTURES.id == REFUNDS.capture_id)
        .where(REFUNDS.reference.in_(references), REFUNDS.state == "succeeded", CAPTURES.kind == ACCEPTED)
        .group_by(REFUNDS.reference)
    )
    return {row.reference: row.amount for row in session().execute(gone)}


def events(reference: str) -> Sequence[Any]:
    """What providers told about a reference, the oldest first."""
    return session().execute(select(*EVENTS).where(EVENTS.reference == reference).order_by(EVENTS.id)).all()


def reference_of(provider: str, provider_id: str | None) -> str | None:
    """What a payment was made for, by the name that the provider gave it."""
    of = select(CAPTURES.reference).where(CAPTURES.provider == provider, CAPTURES.provider_id == provider_id)
    return session().scalar(of)


def due_events(most: int) -> list[int]:
    """Parked events whose next try is due, as many as may be settled together: a refund is settled alone."""
    due = select(EVENTS.id, EVENTS.status).where(EVENTS.state == "parked", EVENTS.next_try_at <= func.clock_timestamp())
    rows = session().execute(due.order_by(EVENTS.next_try_at, EVENTS.id).limit(most)).all()
    before_a_refund = list(takewhile(lambda row: row.status not in OF_REFUNDS, rows))
    return [row.id for row in before_a_refund or rows[:1]]


def refunds_told(event_rows: Collection[int]) -> Sequence[Any]:
    """The refunds that these events ended."""
    told = select(*REFUNDS).join(WebhookEvent, EVENTS.event_id == REFUNDS.event_id)
    return session().execute(told.where(EVENTS.id.in_(event_rows), EVENTS.reference == REFUNDS.reference)).all()


def unasked(*, most: int, after: timedelta, within: timedelta) -> list[str]:
    """Payments that were begun at the provider and of which we heard nothing for a time."""
    now = func.clock_timestamp()
    quiet = select(PAYMENTS.reference).where(
        PAYMENTS.checkout_id.is_not(None),
        PAYMENTS.captured == 0,
        PAYMENTS.asked_at < now - after,
        PAYMENTS.created_at > now - within,
    )
    return list(session().scalars(quiet.order_by(PAYMENTS.asked_at).limit(most)))


def faults(kind: str, *, limit: int, cursor: str | None) -> Page:
    """One page of what somebody should look at, the newest first: events or refunds, by kind."""
    newest = _LATEST_EVENTS if kind in EVENT_FAULTS else _LATEST_REFUNDS
    rows = session().execute(paged(_FAULTS[kind], newest, limit=limit, cursor=cursor)).all()
    return page_of(rows, newest, limit)


def fault_counts() -> dict[str, int]:
    """How many there are of each kind, each counted to 10,000 at most."""
    found = [counted(each).scalar_subquery() for each in _FAULTS.values()]
    return dict(zip(FAULTS, session().execute(select(*found)).one(), strict=True))


# A refund that failed counts while its money is still here and nothing was promised again under its cause.
_AGAIN = Refund.__table__.alias("again").c
_REPLACED = (
    select(_AGAIN.id)
    .where(
        _AGAIN.capture_id == REFUNDS.capture_id, _AGAIN.reference == REFUNDS.reference, _AGAIN.cause == REFUNDS.cause
    )
    .where((_AGAIN.state != "failed") | (_AGAIN.created_at > REFUNDS.created_at))
    .exists()
)
_STILL_HERE = select(CAPTURES.id).where(CAPTURES.id == REFUNDS.capture_id, CAPTURES.refunded < CAPTURES.amount).exists()
_SLOW = (REFUNDS.state == "requested") & (REFUNDS.created_at < func.clock_timestamp() - OPEN_FOR_LONG)
UNSEEN = ((EVENTS.state == "flagged") | EVENTS.is_contradicted) & EVENTS.seen_at.is_(None)
EVENT_FAULTS = ("flagged", "contradicted", "parked")
_FAULTS = {
    "flagged": select(*EVENTS).where(EVENTS.state == "flagged", UNSEEN),
    "contradicted": select(*EVENTS).where(EVENTS.is_contradicted, UNSEEN),
    "parked": select(*EVENTS).where(EVENTS.state == "parked", EVENTS.next_try_at.is_not(None)),
    "failed": select(*REFUNDS).where(REFUNDS.state == "failed", _STILL_HERE, ~_REPLACED),
    "slow": select(*REFUNDS).where(_SLOW),
}
FAULTS = tuple(_FAULTS)
