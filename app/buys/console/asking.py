"""The days and filters in the address of the page, and what its form shows again; what makes no sense is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.buys import queries
from app.buys.queries import DAYS_BY_GRAIN, LONGEST_DAYS, Span
from app.buys.service import analytics, choosing
from app.core import filters
from app.core.settings import Settings

RANGES = {"today": 1, "7": 7, "28": 28}
SOURCES = (analytics.OWN, analytics.TRACKER)
COMPARISONS = ("before", "week", "none")
IDS = ("promo_id", "store_id", "segment_id")
# Far enough from the ends of the calendar to have a range before it.
FIRST, LAST = date(1972, 1, 1), date(2999, 1, 1)


@dataclass(frozen=True)
class Asked:
    """The span and what it is compared with; `shown` is what stands in the form."""

    span: Span
    grain: str
    source: str
    earlier: Span | None
    today: date
    shown: dict[str, str]

    @property
    def given(self) -> dict[str, Any]:
        """Only what is set, for an address."""
        return {name: text for name, text in self.shown.items() if text}

    @property
    def filtered(self) -> bool:
        """Whether only some promos are asked for."""
        return any(self.shown[name] for name in IDS)


def asked(args: Mapping[str, str], settings: Settings) -> Asked:
    """What an address asks for."""
    known: dict[str, Any] = {"orderings": ("",), "ordering": "", "texts": ("start_date", "end_date", *IDS)}
    known |= {"range": tuple(RANGES), "source": SOURCES, "compare": COMPARISONS, "grain": tuple(DAYS_BY_GRAIN)}
    shown, now = filters.asked(args, **known), queries.now()
    shown.pop("ordering")
    ids: dict[str, Any] = {name: filters.number(shown[name]) for name in IDS}
    shown |= {name: str(number or "") for name, number in ids.items()}
    span = choosing.up_to(now, _span(shown, choosing.today(now, settings), settings.business_zone, ids))
    grain = shown["grain"] if shown["grain"] and choosing.fits(shown["grain"], span.days) else ""
    shown["grain"] = grain
    source = shown["source"] or analytics.OWN
    today = choosing.today(now, settings)
    return Asked(span, grain or choosing.fitting(span.days), source, _earlier(span, shown["compare"]), today, shown)


def _span(shown: dict[str, str], today: date, zone: str, ids: dict[str, Any]) -> Span:
    first, last = (_day(shown[name]) for name in ("start_date", "end_date"))
    if first or last:
        first, last = sorted((first or last or today, last or today))
        shown |= {"range": "", "start_date": first.isoformat(), "end_date": last.isoformat()}
        return Span(max(first, last - timedelta(days=LONGEST_DAYS - 1)), last, zone, **ids)
    shown |= {"start_date": "", "end_date": "", "range": shown["range"] or "today"}
    return Span(today - timedelta(days=RANGES[shown["range"]] - 1), today, zone, **ids)


def _day(text: str) -> date | None:
    day = filters.day(text)
    return day if day and FIRST <= day <= LAST else None


def _earlier(span: Span, compare: str) -> Span | None:
    """As many days right before, or the same weekdays of the weeks before."""
    if compare == "none":
        return None
    return span.before(span.days if compare != "week" else -(-span.days // 7) * 7)


def moment_of(text: str) -> datetime:
    """The moment that a bucket begins."""
    return datetime.fromisoformat(text)
