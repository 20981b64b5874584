"""Messages get lost: a payment that was begun and of which nothing was heard is asked for at the provider."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import func, update

from app.core import db
from app.core.settings import Settings
from app.jobs import service as jobs
from app.payments import queries
from app.payments.models import Payment
from app.payments.service import inbox
from app.payments.service.inbox import Told

ASK = "payments.ask_provider"
ASKED_AT_ONCE = 100
FOR = timedelta(days=2)


def ask_due(settings: Settings) -> int:
    """Have those asked for that are due; each is due again after the same time."""
    after = timedelta(seconds=settings.reconcile_after_seconds)
    due = queries.unasked(most=ASKED_AT_ONCE, after=after, within=FOR)
    if due:
        asked = update(Payment).where(Payment.reference.in_(due)).values(asked_at=func.clock_timestamp())
        db.session().execute(asked)
        jobs.enqueue_many(ASK, [{"reference": reference} for reference in due])
    return len(due)


def learn(*, provider: str, told: Sequence[Told]) -> int:
    """Take what the provider answers as if it had told it by itself."""
    for each in told:
        payload = {name: str(value) for name, value in asdict(each).items() if value is not None}
        inbox.receive(provider=provider, told=each, payload=payload)
    return len(told)
