"""Where a customer pays: a page of the provider, asked for once and kept while it is good.

The provider is asked outside of any transaction and under the reference as idempotency key, so that a crash between its
answer and our commit leads to the same page. Only some threads of a process may wait for it at once: one that hangs
costs the other requests nothing.
"""

from typing import Any

from sqlalchemy import func, update

from app.core import db
from app.core.settings import Settings
from app.payments import queries
from app.payments.models import Payment
from app.payments.service import providers


def opened(*, reference: str, settings: Settings) -> Any:
    """The page on which this reference is paid, as the row that keeps it."""
    with db.statement():
        known = queries.live_checkout(reference)
        asked = known or queries.payment(reference)
    if known is not None:
        return known
    provider = providers.chosen(settings)
    with providers.turn(settings):
        page = provider.checkout(reference=reference, amount=asked.amount, currency=asked.currency)
    with db.transaction():
        kept: dict[str, Any] = {"provider": provider.name, "checkout_id": page.id, "checkout_url": page.url}
        kept |= {"checkout_expires_at": page.expires_at, "asked_at": func.clock_timestamp()}
        change = update(Payment).where(Payment.reference == reference).values(kept)
        return db.session().execute(change.returning(*queries.PAYMENTS)).one()
