"""Which days, how fine and which promos somebody asks for; what cannot be answered is refused with its place."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.buys import queries
from app.buys.queries import DAYS_BY_GRAIN, LONGEST_DAYS, Span
from app.buys.service import analytics
from app.core.errors import ValidationFailed
from app.core.settings import Settings


@dataclass(frozen=True)
class Chosen:
    """A span, and how fine its series is."""

    span: Span
    grain: str


def chosen(
    settings: Settings,
    *,
    start_date: date | None = None,
    end_date: date | None = None,
    grain: str | None = None,
    **which: Any,
) -> Chosen:
    """What is asked for: today when no day is named, and as fine as somebody can look at."""
    now = queries.now()
    last = end_date or today(now, settings)
    first = start_date or last
    _refuse_wrong(first, last, grain)
    span = up_to(now, Span(first, last, settings.business_zone, **which))
    return Chosen(span, grain or fitting(span.days))


def up_to(now: datetime, span: Span) -> Span:
    """The span without what has not happened yet."""
    return span.cut(now) if span.begins <= now < span.ends else span


def today(now: datetime, settings: Settings) -> date:
    """The business day of a moment."""
    return now.astimezone(ZoneInfo(settings.business_zone)).date()


def fitting(days: int) -> str:
    """How fine a series of so many days is, when nobody says."""
    return "hour" if days <= 2 else "day"


def fits(grain: str, days: int) -> bool:
    """Whether a series of so many days may be so fine."""
    return days <= DAYS_BY_GRAIN[grain]


def columns(source: str, table: str) -> tuple[str, ...]:
    """The header of a table as a file."""
    if table not in analytics.TABLES[source]:
        detail = f"The {source} has {', '.join(analytics.TABLES[source])}."
        raise ValidationFailed([_fault("table", detail)])
    return analytics.TABLES[source][table]


def described(asked: Chosen, settings: Settings) -> dict[str, Any]:
    """What was chosen, in words."""
    span = asked.span
    facts = {"grain": asked.grain, "timezone": span.zone, "currency": settings.currency}
    return facts | {"start_date": span.first.isoformat(), "end_date": span.last.isoformat()}


def _refuse_wrong(first: date, last: date, grain: str | None) -> None:
    days = (last - first).days + 1
    if days < 1:
        raise ValidationFailed([_fault("start_date", "The first day is after the last one.")])
    if days > LONGEST_DAYS:
        raise ValidationFailed([_fault("start_date", f"{LONGEST_DAYS} days at most.")])
    if grain and not fits(grain, days):
        raise ValidationFailed([_fault("grain", f"By the {grain}, {DAYS_BY_GRAIN[grain]} days at most.")])


def _fault(name: str, detail: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "code": "invalid", "detail": detail}
