"""What may be done with a promo in which status: the one table that the API, the console and the tests go by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from app.core.geo import box_around

STATUSES = ("draft", "scheduled", "running", "paused", "sold_out", "ended")
HOLD_STATES = ("held", "completed", "expired", "released")
ANNOUNCEMENTS = ("none", "waiting", "running", "stopped", "done")
SHORTEST, WEEK = timedelta(seconds=60), timedelta(days=7)

# What each status lets an operator do.
VERBS: Mapping[str, tuple[str, ...]] = {
    "draft": ("activate",),
    "scheduled": ("pause", "end"),
    "running": ("pause", "end"),
    "sold_out": ("pause", "end"),
    "paused": ("resume", "end"),
    "ended": (),
}
FACTS = (
    "product_id",
    "promo_price",
    "starts_at",
    "ends_at",
    "audience",
    "segment_ids",
    "max_distance_km",
    "quantity",
    "per_customer_limit",
    "priority",
)
WHILE_IT_RUNS = ("quantity", "ends_at", "audience", "segment_ids")


def editable(*, status: str, begun: bool) -> tuple[str, ...]:
    """The fields that may be changed; the product is fixed with the allotment."""
    if status == "ended":
        return ()
    if status == "draft":
        return FACTS
    return WHILE_IT_RUNS if begun else tuple(name for name in FACTS if name != "product_id")


def to_the_millisecond(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts whose moments are those that JSON shows, so that a promo can begin where another one is said to end."""
    return {
        name: value.replace(microsecond=value.microsecond // 1000 * 1000) if isinstance(value, datetime) else value
        for name, value in facts.items()
    }


def faults(
    *, starts_at: datetime, ends_at: datetime, audience: str, segment_ids: Collection[int]
) -> list[dict[str, str]]:
    """What does not fit together, each with a pointer to its field."""
    found = []
    if ends_at - starts_at < SHORTEST:
        found.append(_fault("ends_at", "A promo lasts 60 seconds at least."))
    return found + audience_faults(audience=audience, segment_ids=segment_ids)


def audience_faults(*, audience: str, segment_ids: Collection[int]) -> list[dict[str, str]]:
    """What does not fit together in whom a promo is for."""
    if audience == "segments" and not segment_ids:
        return [_fault("segment_ids", "Name the segments that the promo is for.")]
    if audience == "all" and segment_ids:
        return [_fault("segment_ids", "A promo for all names no segments; leave them out.")]
    return []


def ranges(ends: Sequence[int], *, after_id: int, to_id: int) -> list[tuple[int, int]]:
    """The ids between two, cut after each of these: whoever becomes a customer meanwhile is in one of the parts."""
    cuts = [after_id, *ends[:-1], to_id]
    return list(pairwise(cuts))


def announcement(*, status: str, begun: bool, asked: int, ended: bool) -> str:
    """How far the announcement of a promo of this status is; `asked` ranges of it were handed out."""
    if not begun:
        return "none"
    if ended:
        return "done"
    if status in {"paused", "sold_out"}:
        return "stopped"
    return "running" if asked else "waiting"


def not_told_because(*, status: str, paused: bool, sold_out: bool) -> str | None:
    """Why customers of a promo that is over are not told of it any more; None while it is not over."""
    if status != "ended":
        return None
    if paused:
        return "paused"
    return "sold_out" if sold_out else "ended"


def reach(*, latitude: float, longitude: float, max_distance_km: float | None) -> dict[str, float]:
    """The box in which buyers may be; across the antimeridian it goes on past 180."""
    if max_distance_km is None:
        return {"south": -90.0, "north": 90.0, "west": -180.0, "east": 180.0}
    box = box_around(latitude, longitude, max_distance_km)
    east = box.east + 360 if box.west > box.east else box.east
    return {"south": box.south, "north": box.north, "west": box.west, "east": east}


def _fault(name: str, detail: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "code": "invalid", "detail": detail}


def next_week(starts_at: datetime, ends_at: datetime, *, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The same window by the store's clock, in the first week in which it is still to come."""
    weeks = max(0, (now - starts_at) // WEEK + 1)
    moved = (starts_at.astimezone(ZoneInfo(zone)) + WEEK * weeks).astimezone(UTC)
    return moved, moved + (ends_at - starts_at)


@dataclass(frozen=True)
class WallTime:
    """What a time on a store's wall means: no moment where the clock jumps over it, the first where it comes twice."""

    moment: datetime | None
    twice: bool = False


def by_the_clock(local: datetime, zone: str) -> WallTime:
    """The moment at which the clocks of a zone show this time."""
    here = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    moment = here.astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        return WallTime(None)
    return WallTime(moment, twice=here.utcoffset() != here.replace(fold=1).utcoffset())
