"""Customers are told of a subject, a batch at a time, in one SQL function (sql/tell.sql).

Data: `notifications`, `notification_quotas`, `customers.last_notified_at`, mails with their jobs. It is one transaction
with whatever the caller does; nothing of it is there when that dies, and told again it passes over who was told.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.settings import Settings
from app.notifications import measures, queries, rules

_TELL = text("""
    SELECT notifications_tell(
        :kind, :subject_id, CAST(:customer_ids AS bigint[]), CAST(:day AS date), :cap, :reason, :title, :body,
        CAST(:mail AS jsonb), CAST(:who AS jsonb)
    )
""")


def tell(
    *,
    kind: str,
    subject_id: int,
    customer_ids: Sequence[int],
    title: str,
    body: str,
    mail: str | None,
    settings: Settings,
    reason: str | None = None,
) -> dict[str, int]:
    """Tell these customers; how many were told and by which channels, and how many were not for which reason.

    `mail` is what mail.service.drafted() gives; `reason` says why nobody is told any more.
    """
    wall = queries.now().astimezone(ZoneInfo(settings.business_zone))
    asked = {
        "kind": kind,
        "subject_id": subject_id,
        "customer_ids": list(customer_ids),
        "day": wall.date(),
        "cap": settings.notifications_per_day,
        "reason": reason or _quiet(wall, settings),
        "title": title[:200],
        "body": body,
        "mail": mail,
        "who": audit.surroundings(),
    }
    outcome: dict[str, int] = db.session().scalar(_TELL, asked) or {}
    return outcome


def count(outcome: dict[str, int]) -> None:
    """Let Prometheus know how a batch ended; once, by whoever lives on after it."""
    for channel in ("in_app", "email"):
        measures.TOLD.labels(channel, "sent").inc(outcome.get(channel, 0))
    for reason in rules.REASONS:
        measures.TOLD.labels("none", reason).inc(outcome.get(reason, 0))


def _quiet(wall: datetime, settings: Settings) -> str | None:
    return "quiet_hours" if rules.is_quiet(wall, settings.quiet_hours) else None
