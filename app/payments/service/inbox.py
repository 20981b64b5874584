"""What providers tell is stored before it is answered, and settled once.

One row for each event id. The same event again changes nothing but a count; the same id with other words is flagged.
Events are settled by a job, set-wise: their rows, the gates of their references, then whatever higher domains lock. An
event that speaks of nothing we know is parked: its order may not be committed yet, or the payment that it pays back may
not have been told.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, text, update

from app.audit import service as audit
from app.core import context, db, jsons
from app.core.prepared import Prepared
from app.jobs import service as jobs
from app.payments import measures, queries
from app.payments.errors import EventNotFlagged, NothingToSee
from app.payments.models import OF_REFUNDS, WebhookEvent
from app.payments.service import captures, refunds

JOBS = SETTLE, SETTLE_REFUND = ("payments.settle", "payments.settle_refund")
_RECEIVE = Prepared(
    text("""
        SELECT payments_receive(
            :provider, :event_id, :payload, :fingerprint, :reference, :status, :amount, :currency, :payment_id,
            :refund_id, :request_id
        )
    """)
)
_SETTLE = text("SELECT * FROM payments_settle(:ids, :patience)")


@dataclass(frozen=True)
class Told:
    """What a provider says happened."""

    event_id: str
    reference: str
    status: str
    amount: Decimal
    currency: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None


def receive(*, provider: str, told: Told, payload: dict[str, Any]) -> None:
    """Store what was told, whatever it may mean."""
    words = {"provider": provider, "payload": jsons.dump(payload).decode(), "fingerprint": _fingerprint(told)}
    _RECEIVE.one(**asdict(told), **words, request_id=context.request_id())


def settle(*, ids: Sequence[int], patience_hours: int) -> int:
    """Do what these events say, as far as nobody did it yet; how many were settled."""
    rows = db.session().execute(_SETTLE, {"ids": list(ids), "patience": patience_hours * 3600}).all()
    measures.settled(Counter(row.verdict for row in rows))
    captures.tell([(row.reference, row.verdict) for row in rows], cause="webhook")
    for refund in queries.refunds_told([row.event for row in rows if row.verdict in OF_REFUNDS]):
        refunds.ended(refund, refund.state)
    return len(rows)


def flag_unsettled(*, event_id: int) -> None:
    """An event that could not be settled, however often it was tried, is for people to look at."""
    stuck = update(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.next_try_at.is_not(None))
    db.session().execute(stuck.values(state="flagged", outcome="fault", next_try_at=None, seen_at=None))


def settle_again(*, event_id: int) -> None:
    """Settle a flagged event once more: what was wrong may be mended by now, and nothing is done twice."""
    due = {"state": "new", "next_try_at": func.clock_timestamp()} | dict.fromkeys(("outcome", "settled_at", "seen_at"))
    flagged = update(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.state == "flagged")
    status = db.session().scalar(flagged.values(due).returning(WebhookEvent.status))
    if status is None:
        raise EventNotFlagged(event_id=event_id)
    jobs.enqueue(SETTLE_REFUND if status in OF_REFUNDS else SETTLE, event_id=event_id)
    audit.record("webhook.settled_again", object_type="webhook_event", object_id=event_id, new={"status": status})


def see(*, event_id: int) -> None:
    """Somebody has looked at a message that is flagged or contradicted, and nothing is left to do about it."""
    unseen = update(WebhookEvent).where(WebhookEvent.id == event_id, queries.UNSEEN)
    seen = unseen.values(seen_at=func.clock_timestamp()).returning(WebhookEvent.reference)
    reference = db.session().scalar(seen)
    if reference is None:
        raise NothingToSee(event_id=event_id)
    audit.record("webhook.seen", object_type="webhook_event", object_id=event_id, new={"reference": reference})


def _fingerprint(told: Told) -> str:
    """What an event says, without what nobody reads: a message and a later answer about it may differ there."""
    return hashlib.sha256(jsons.dump(asdict(told))).hexdigest()
