"""Customers read what they were told; what is old, or of a customer who is gone, is forgotten."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, text, update

from app.core import db
from app.core.settings import Settings
from app.jobs import service as jobs
from app.notifications import queries
from app.notifications.models import Notification, NotificationQuota
from app.notifications.queries import N

AT_ONCE = 20_000
_FORGET_QUOTAS = text("""
    DELETE FROM notification_quotas WHERE (customer_id, kind, day) IN (
        SELECT customer_id, kind, day FROM notification_quotas WHERE day < :before LIMIT :most
    )
""")
_FORGET = text("""
    DELETE FROM notifications WHERE id = ANY (ARRAY(SELECT id FROM notifications WHERE day < :before LIMIT :most))
""")


def read(*, notification_id: int, customer_id: int) -> None:
    """Mark one as read; read before: nothing happens."""
    queries.one(notification_id, customer_id=customer_id)
    unread = update(Notification).where(N.id == notification_id, N.read_at.is_(None))
    db.session().execute(unread.values(read_at=func.clock_timestamp()))


def read_all(*, customer_id: int) -> int:
    """Mark all of an inbox as read; how many were not."""
    unread = update(Notification).where(*queries.in_inbox(customer_id), N.read_at.is_(None))
    return db.rows_of(db.session().execute(unread.values(read_at=func.clock_timestamp())))


def forget_customer(*, customer_id: int) -> None:
    """Delete what a customer was told, and how often."""
    db.session().execute(delete(NotificationQuota).where(NotificationQuota.customer_id == customer_id))
    db.session().execute(delete(Notification).where(N.customer_id == customer_id))


def forget_old(settings: Settings) -> int:
    """Forget what was told long ago, in batches; a full batch asks for the next one in its own commit."""
    today = queries.now().astimezone(ZoneInfo(settings.business_zone)).date()
    asked = {"before": today - timedelta(days=settings.notification_retention_days), "most": AT_ONCE}
    gone = [db.rows_of(db.session().execute(statement, asked)) for statement in (_FORGET_QUOTAS, _FORGET)]
    if max(gone) >= AT_ONCE:
        jobs.enqueue("notifications.forget_old")
    return sum(gone)
