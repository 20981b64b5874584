"""The promos of a week, by the clock of the business."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, request

from app.core import clock, filters, htmx
from app.core.access import requires
from app.core.roles import Role
from app.core.web import settings_of
from app.promos import queries
from app.promos.console import presentation, weeks
from app.promos.console.promos import blp


@blp.get("/calendar")
@requires(Role.VIEWER)
def calendar() -> Response:
    """A week, its days as columns."""
    zone = settings_of(current_app).business_zone
    now = clock.utcnow()
    today = now.astimezone(ZoneInfo(zone)).date()
    first = weeks.monday(_asked() or today)
    rows = queries.between(clock.beginning(first, zone), clock.beginning(first + timedelta(days=7), zone))
    facts: dict[str, Any] = {"days": weeks.week(first, rows, zone, now), "zone": zone, "today": today, "first": first}
    facts |= {"week": timedelta(days=7), "too_many": len(rows) == queries.MOST_BETWEEN, "words": presentation}
    return htmx.render("promos/calendar.html", "week", **facts)


def _asked() -> date | None:
    """The day that the address names, far enough from the ends of the calendar to have a week around it."""
    day = filters.day(request.args.get("week", ""))
    return day if day and date(1970, 1, 12) <= day <= date(9998, 12, 1) else None
