"""What the charts draw: every bucket of the range, those that are empty too, beside the same times of an earlier one.

Two ranges are laid over each other by the wall clock, so that on the day on which the clocks change eight o'clock still
stands beside eight o'clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.buys.console.asking import Asked, moment_of
from app.buys.queries import Span
from app.buys.service import analytics
from app.buys.service.analytics import Analysis

Walls = dict[tuple[date, time], float]


@dataclass(frozen=True)
class Chart:
    """A chart: its points are `x` (seconds since 1970, or hours of the day), `now` and perhaps `before`."""

    key: str
    title: str
    points: dict[str, Any]


def charts(asked: Asked, found: Analysis, before: Analysis | None) -> list[Chart]:
    """Units and, of own sales, revenue over time."""
    shown = [("units", "Units")] + ([("net", "Revenue")] if asked.source == analytics.OWN else [])
    buckets = _buckets(asked, found)
    return [Chart(key, title, _points(asked, buckets, found, before, key)) for key, title in shown]


def hours(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The units of each hour of the day."""
    units = {row["hour"]: int(row["units"]) for row in rows}
    return {"x": [*range(24)], "now": [units.get(hour, 0) for hour in range(24)]}


def _buckets(asked: Asked, found: Analysis) -> list[datetime]:
    there = {moment_of(row["at"]) for row in found.tables["series"]}
    return sorted(there | set(asked.span.buckets(asked.grain)))


def _points(
    asked: Asked, buckets: list[datetime], found: Analysis, before: Analysis | None, key: str
) -> dict[str, Any]:
    now = {moment_of(row["at"]): float(row[key]) for row in found.tables["series"]}
    points: dict[str, Any] = {"x": [int(at.timestamp()) for at in buckets], "now": [now.get(at, 0) for at in buckets]}
    if before is not None and asked.earlier is not None:
        walls = _walls(asked.span, asked.earlier, before.tables["series"], key)
        points["before"] = [walls.pop(_wall(at, asked.span.zone), 0) for at in buckets]
    return points


def _walls(span: Span, earlier: Span, rows: Iterable[dict[str, Any]], key: str) -> Walls:
    """What was at a time of the wall clock then, by the day of now that stands over it."""
    shift, found = span.first - earlier.first, Walls()
    for row in rows:
        day, hour = _wall(moment_of(row["at"]), span.zone)
        found[day + shift, hour] = found.get((day + shift, hour), 0) + float(row[key])
    return found


def _wall(moment: datetime, zone: str) -> tuple[date, time]:
    local = moment.astimezone(ZoneInfo(zone))
    return local.date(), local.time()
