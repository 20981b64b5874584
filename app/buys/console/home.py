"""What the home page says of today, beside the same day of last week up to the same time; and where a promo leads."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, url_for

from app.buys import queries
from app.buys.console import presentation
from app.buys.queries import Span
from app.buys.service import choosing
from app.core.money import show
from app.core.panels import PANELS, Count, Part
from app.core.web import settings_of

PAGE = "buys_console.analytics.index"


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.links_of_promo["analytics"] = Part("Analytics of this promo", _of_a_promo)
    PANELS.today["revenue"] = _revenue
    PANELS.today["units"] = _units
    PANELS.today["conversion"] = _conversion


def _of_a_promo(promo: Any) -> str:
    """From its first day on, by the clock of the business, as far as it went."""
    zone = ZoneInfo(settings_of(current_app).business_zone)
    over = min(promo.over_at, promo.server_time)
    first, last = (moment.astimezone(zone).date() for moment in (promo.starts_at, max(over, promo.starts_at)))
    return url_for(PAGE, promo_id=promo.id, start_date=first, end_date=last)


def _revenue() -> Count:
    (now, before), money = _sums(), settings_of(current_app).currency
    note = _beside(presentation.change(now.net, before.net), show(before.net, money))
    return Count("Revenue", show(now.net, money), _url("over-time"), note)


def _units() -> Count:
    now, before = _sums()
    note = _beside(presentation.change(now.units, before.units), f"{before.units:,}")
    return Count("Units", f"{now.units:,}", _url("promos"), note)


def _conversion() -> Count:
    now, before = (queries.ended_holds(span) for span in _spans())
    return Count("Conversion of holds", _share(now), _url("funnel"), f"{_share(before)} by this time last week")


def _sums() -> tuple[Any, Any]:
    """Both are asked for once a page."""
    if "sold_today" not in g:
        g.sold_today = tuple(queries.sums(span) for span in _spans())
    found: tuple[Any, Any] = g.sold_today
    return found


def _spans() -> tuple[Span, Span]:
    settings, now = settings_of(current_app), queries.now()
    day = choosing.today(now, settings)
    span = choosing.up_to(now, Span(day, day, settings.business_zone))
    return span, span.before(timedelta(weeks=1).days)


def _share(holds: Any) -> str:
    return f"{holds.completed / holds.ended:.0%}" if holds.ended else "\N{EN DASH}"


def _beside(change: str, was: str) -> str:
    return f"{change}: {was} by this time last week"


def _url(part: str) -> str:
    return url_for(PAGE, range="today", compare="week", _anchor=part)
