"""Orders' background work."""

from uuid import UUID

from flask import current_app

from app.core.web import settings_of
from app.jobs.registry import job
from app.orders.service import letters, reports, steps


@job("orders.expire_unpaid", every=1)
def expire_unpaid() -> int:
    """Undo what was not paid in time."""
    return steps.expire_unpaid()


@job("orders.write_mail")
def write_mail(order_id: str, kind: str) -> bool:
    """Tell the customer what became of an order, once for each kind."""
    return letters.write(order_id=UUID(order_id), kind=kind, settings=settings_of(current_app))


@job("orders.keep_daily_report", cron="0 8 * * *")
def keep_daily_report() -> bool:
    """Keep and tell what was sold yesterday."""
    return reports.keep_yesterday(settings_of(current_app))
