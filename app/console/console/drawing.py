"""The burn-down and the map of a sale as points of a drawing; what they show stands in tables too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from app.console.queries.room import Room
from app.console.rules import Forecast
from app.promos.queries import SQUARE_KM
from app.promos.queries.course import BUCKETS

WIDE, TALL = 600, 160
TOLD = 10
# The map is a square of 200 units around the store; the circle of the radius has this many.
EDGE, CIRCLE = 100, 84
WITHOUT_RADIUS_KM, FARTHEST_SHOWN_KM = 5.0, 50.0
LISTED = 12


@dataclass(frozen=True)
class Course:
    """How many units were left when: a line, how it may go on, and some of its points in words."""

    line: str
    ahead: str
    now: float
    points: list[tuple[datetime, int, int]]


@dataclass(frozen=True)
class Mark:
    """Orders of one square, where it lies on the map, and where from the store."""

    x: float
    y: float
    r: float
    orders: int
    where: str


@dataclass(frozen=True)
class Map:
    """Where orders come from: what is drawn, and how many are farther away or from nobody knows where."""

    km: float | None
    reach: float
    square_km: float
    marks: list[Mark]
    farther: int
    unknown: int

    @property
    def listed(self) -> list[Mark]:
        """The squares with most orders."""
        return self.marks[:LISTED]


def course(room: Room, forecast: Forecast | None) -> Course:
    """The burn-down from the start to now, and to its end as it is forecast."""
    promo, since, step = room.promo, room.since, room.sums.ends.step
    now = min(max(promo.server_time, since), promo.over_at)
    spots = [(since, 0)]
    for bucket, bought in enumerate(room.sums.ends.bought_by()):
        moment = since + timedelta(seconds=step * (bucket + 1))
        if moment < now:
            spots.append((moment, min(bought, promo.sold)))
    spots.append((now, promo.sold))

    def at(moment: datetime, units: float) -> str:
        x = (moment - since).total_seconds() / (step * BUCKETS) * WIDE
        return f"{min(max(x, 0), WIDE):.0f} {TALL - units / promo.quantity * TALL:.1f}"

    left = [(moment, promo.quantity - bought) for moment, bought in spots]
    line = "M" + "L".join(at(moment, units) for moment, units in left)
    every = max(1, len(spots) // TOLD)
    told = [*spots[:-1:every], spots[-1]]
    points = [(moment, bought, promo.quantity - bought) for moment, bought in told]
    return Course(line, _ahead(room, forecast, at, left[-1]), (now - since).total_seconds() / step / BUCKETS, points)


def spread(promo: Any, squares: Any) -> Map:
    """The squares around the store, north up; the more orders, the larger the mark."""
    known = [square for square in squares if square.east is not None]
    far = max((max(abs(each.east), abs(each.north)) for each in known), default=0) * SQUARE_KM
    shown = promo.max_distance_km or min(max(far, 1.0), FARTHEST_SHOWN_KM) if known else promo.max_distance_km
    km = shown or WITHOUT_RADIUS_KM
    unit = km / CIRCLE
    most = max((square.orders for square in known), default=1)
    marks = [_mark(square, unit, most) for square in known]
    inside = [mark for mark in marks if max(abs(mark.x), abs(mark.y)) <= EDGE - 2]
    farther = sum(mark.orders for mark in marks) - sum(mark.orders for mark in inside)
    unknown = sum(square.orders for square in squares if square.east is None)
    return Map(promo.max_distance_km, CIRCLE, round(km / CIRCLE * EDGE / 4, 2), inside, farther, unknown)


def _ahead(room: Room, forecast: Forecast | None, at: Any, last: tuple[datetime, int]) -> str:
    if forecast is None or forecast.kind not in {"sells_out", "left_over"}:
        return ""
    end = forecast.at or room.promo.over_at
    return f"M{at(*last)}L{at(end, forecast.left)}"


def _mark(square: Any, unit: float, most: int) -> Mark:
    east, north = square.east * SQUARE_KM, square.north * SQUARE_KM
    r = 1.2 + 3.8 * sqrt(square.orders / most)
    return Mark(round(east / unit, 2), round(-north / unit, 2), round(r, 2), square.orders, _where(east, north))


def _where(east: float, north: float) -> str:
    ways = [
        f"{abs(km):.1f} km {way[km > 0]}"
        for km, way in ((north, ("south", "north")), (east, ("west", "east")))
        if abs(km) >= SQUARE_KM / 2
    ]
    return ", ".join(ways) or "at the store"
