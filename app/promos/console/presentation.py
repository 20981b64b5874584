"""Promos in the words of the console: what a person asks for, what an export says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock, filters
from app.core.errors import CATALOGUE
from app.customers.queries import segments
from app.promos import queries, rules
from app.promos.queries import PromoFilter, PromoHoldFilter

# What each status is called, and how its badge is coloured; what sells now stands first.
STATUSES = {
    "running": ("Running", "ok"),
    "sold_out": ("Sold out", "warn"),
    "paused": ("Paused", "bad"),
    "scheduled": ("Scheduled", "live"),
    "draft": ("Draft", ""),
    "ended": ("Ended", ""),
}
ARCHIVED = "archived"
VERBS = {"activate": "Activate", "pause": "Pause", "resume": "Resume", "end": "End"}
ICONS = {"activate": "play", "pause": "pause", "resume": "play", "end": "close"}
ANNOUNCED = {
    "none": ("Not begun", ""),
    "waiting": ("Waiting", "live"),
    "running": ("Under way", "live"),
    "stopped": ("Stopped", "warn"),
    "done": ("Done", "ok"),
}
# Why customers were not told.
SUPPRESSED = {
    "paused": "promo paused",
    "sold_out": "sold out",
    "ended": "promo over",
    "quiet_hours": "quiet hours",
    "no_channel": "no channel",
    "cap": "told enough that day",
}
HOLDS = {
    "held": ("Held", "live"),
    "completed": ("Completed", "ok"),
    "expired": ("Expired", ""),
    "released": ("Released", ""),
}
ORDERS = {
    "PENDING": ("Pending", "warn"),
    "CONFIRMED": ("Confirmed", "live"),
    "PROCESSING": ("Packing", "live"),
    "SHIPPED": ("Shipped", "live"),
    "DELIVERED": ("Delivered", "ok"),
    "CANCELLED": ("Cancelled", ""),
}
_FACTS = ("id", "status", "product_id", "product_name", "sku", "store_id", "store_name", "price", "promo_price")
_TERMS = ("quantity", "held", "sold", "available_now", "per_customer_limit", "max_distance_km", "audience", "priority")
_TIMES = ("starts_at", "over_at", "activated_at", "paused_at", "ended_at", "created_at", "updated_at")
CSV_HEADER = (*_FACTS, *_TERMS, "segment_ids", "timezone", *_TIMES)
_HOLD = ("status", "promo_id", "sku", "product_name", "username", "price")
_HOLD_TIMES = ("created_at", "expires_at", "ended_at", "returned_at")
HOLD_HEADER = ("id", *_HOLD, "order_id", *_HOLD_TIMES)


@dataclass(frozen=True)
class Asked:
    """The filter in an address, and what its form shows again."""

    which: PromoFilter
    shown: dict[str, str]

    @property
    def given(self) -> dict[str, Any]:
        """Only the filters that are set, for an address."""
        return {name: text for name, text in self.shown.items() if text}


def asked(args: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    known: dict[str, Any] = {"orderings": queries.ORDERINGS, "status": (*STATUSES, ARCHIVED)}
    shown = filters.asked(args, ordering="-starts_at", texts=("q", "store_id", "product_id", "segment_id"), **known)
    ids = {name: filters.number(shown[name]) for name in ("store_id", "product_id", "segment_id")}
    shown |= {name: "" if number is None else str(number) for name, number in ids.items()}
    status = shown["status"]
    which = PromoFilter(
        status=status if status in STATUSES else None, q=shown["q"].strip() or None, archived=status == ARCHIVED, **ids
    )
    return Asked(which, shown)


def holds_asked(args: Mapping[str, str]) -> tuple[PromoHoldFilter, dict[str, str]]:
    """The filter of promo reservations in an address, and what its form shows again."""
    known: dict[str, Any] = {"orderings": queries.HOLD_ORDERINGS, "status": rules.HOLD_STATES, "page": ("promo",)}
    shown = filters.asked(args, ordering="newest", texts=("promo_id", "customer"), **known)
    promo_id = filters.number(shown["promo_id"])
    shown["promo_id"] = "" if promo_id is None else str(promo_id)
    which = PromoHoldFilter(promo_id=promo_id, status=shown["status"] or None, customer=shown["customer"].strip())
    return which, shown


def segment_names(rows: Iterable[Any]) -> dict[int, str]:
    """The names of the segments that these promos are for."""
    named = {each for row in rows for each in row.segment_ids}
    return {segment.id: segment.name for segment in segments.named(named)} if named else {}


def refusal(code: str) -> str:
    """A refusal's code as a title."""
    return CATALOGUE[code].title() if code in CATALOGUE else code


def verbs(row: Any) -> list[tuple[str, str]]:
    """What may be done to a promo: the verb and its word."""
    return [] if row.archived_at else [(verb, VERBS[verb]) for verb in rules.VERBS[row.status]]


def editable(row: Any) -> tuple[str, ...]:
    """The fields of a promo that may be changed now."""
    begun = row.starts_at <= row.server_time
    return () if row.archived_at else rules.editable(status=row.status, begun=begun)


def bar(row: Any) -> list[tuple[str, int, str]]:
    """The parts of a promo's stock: a draft has none yet, and what an ended one gave back is left to nobody."""
    if row.status == "draft":
        return [("planned", row.quantity, "planned")]
    left = 0 if row.status == "ended" else max(0, row.available_now)
    return [("sold", row.sold, "sold"), ("held", row.held, "held"), ("left", left, "left")]


def begun(row: Any) -> bool:
    """Whether it was ever open."""
    return row.activated_at is not None and bool(row.starts_at <= row.server_time)


def moved_on(row: Any, was: str) -> bool:
    """Whether a page that was made when it had that status offers the wrong things now."""
    offered = rules.VERBS.get(was)
    return was != row.status and (was == "scheduled" or offered != rules.VERBS[row.status])


def window(row: Any, zone: str = "") -> tuple[datetime, datetime]:
    """When it begins and ends, by the clock of its store or of the zone."""
    place = ZoneInfo(zone or row.timezone)
    return row.starts_at.astimezone(place), row.over_at.astimezone(place)


def csv_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export."""
    for row in rows:
        facts = (getattr(row, name) for name in (*_FACTS, *_TERMS))
        yield [*facts, " ".join(map(str, row.segment_ids)), row.timezone, *_moments(row, _TIMES)]


def hold_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export of promo reservations."""
    for row in rows:
        facts = (getattr(row, name) for name in _HOLD)
        yield [str(row.id), *facts, str(row.order_id or ""), *_moments(row, _HOLD_TIMES)]


def _moments(row: Any, names: Iterable[str]) -> Iterator[str]:
    moments = (getattr(row, name) for name in names)
    return (clock.rfc3339(moment) if moment else "" for moment in moments)
