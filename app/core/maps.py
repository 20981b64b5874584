"""A drawn map: a square of 200 units around a place, north up; directions and distances from its middle are true."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import atan2, cos, floor, log10, radians, sin
from typing import Any

from app.core.geo import distance_km

EDGE = 100
MARGIN = 4
FARTHEST_KM = 20_015.0


@dataclass(frozen=True)
class Spot:
    """Something else that lies on the map."""

    id: int
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Grid:
    """Lines that lie a round distance apart, one of them through the middle."""

    km_per_unit: float
    step_km: float
    lines: list[float]

    @property
    def reach_km(self) -> float:
        """How far a box must reach to hold all that is drawn."""
        return min(EDGE * self.km_per_unit, FARTHEST_KM)


def grid(km_per_unit: float) -> Grid:
    """The lines of a map of this scale."""
    step = _nice(25 * km_per_unit)
    count = floor(EDGE * km_per_unit / step)
    return Grid(km_per_unit, step, [number * step / km_per_unit for number in range(-count, count + 1)])


def spots(latitude: float, longitude: float, others: Iterable[Any], km_per_unit: float) -> list[Spot]:
    """Those of the others that lie on the map around this place."""
    placed = (_spot(latitude, longitude, other, km_per_unit) for other in others)
    return [spot for spot in placed if max(abs(spot.x), abs(spot.y)) < EDGE - MARGIN]


def course(latitude: float, longitude: float, to: Any) -> float:
    """In which direction a straight way begins: 0 is north, in radians clockwise."""
    here, there = radians(latitude), radians(to.latitude)
    turn = radians(to.longitude - longitude)
    return atan2(sin(turn) * cos(there), cos(here) * sin(there) - sin(here) * cos(there) * cos(turn))


def _nice(km: float) -> float:
    """The nearest round distance that is not longer: 1, 2 or 5 of some power of ten."""
    power: float = 10.0 ** floor(log10(km))
    return float(max(part * power for part in (1, 2, 5) if part * power <= km * (1 + 1e-9)))


def _spot(latitude: float, longitude: float, other: Any, km_per_unit: float) -> Spot:
    away = distance_km(latitude, longitude, other.latitude, other.longitude) / km_per_unit
    turn = course(latitude, longitude, other)
    return Spot(other.id, other.name, round(away * sin(turn), 2), round(-away * cos(turn), 2))
