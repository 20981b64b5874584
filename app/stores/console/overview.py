"""All stores of a list on one map: a pin for each, a circle with a number where several would lie on each other.

Degrees are drawn straight, narrower towards the poles by the middle of the map. It shows the filter, not
the page of it, and nothing is left off: a circle leads to the list of its stores, which has a closer map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, isfinite, radians
from typing import Any

from app.stores.queries import StoreFilter, places

WIDE, TALL, ROOM, CELL = 360, 270, 24, 30
LEAST_DEGREES = 0.002
MOST = WIDE * TALL // CELL**2 * 2


@dataclass(frozen=True)
class Mark:
    """A store, or several of them, on the map."""

    x: float
    y: float
    row: Any
    area: str


@dataclass(frozen=True)
class Overview:
    """What is drawn."""

    marks: Sequence[Mark]

    @property
    def pins(self) -> int:
        """How many stores have a pin of their own."""
        return sum(mark.row.stores == 1 for mark in self.marks)

    @property
    def circles(self) -> int:
        """How many circles stand for several stores."""
        return len(self.marks) - self.pins


def overview(which: StoreFilter) -> Overview:
    """The map of a filter; without marks when nothing matches."""
    edges = places.extent(which)
    if edges.south is None:
        return Overview([])
    middle, narrow = (edges.south + edges.north) / 2, max(0.1, cos(radians((edges.south + edges.north) / 2)))
    wide, tall = (edges.east - edges.west) * narrow, edges.north - edges.south
    degree = max(wide / (WIDE - 2 * ROOM), tall / (TALL - 2 * ROOM), LEAST_DEGREES / WIDE)
    top, left = middle + degree * TALL / 2, (edges.west + edges.east) / 2 - degree / narrow * WIDE / 2
    size = {"tall": degree * CELL, "wide": degree / narrow * CELL}
    rows = places.cells(which, south=top - degree * TALL, west=left, **size, most=MOST)

    def at(row: Any) -> Mark:
        x, y = (row.longitude - left) * narrow / degree, (top - row.latitude) / degree
        return Mark(round(x, 1), round(y, 1), row, f"{row.south!r},{row.west!r},{row.north!r},{row.east!r}")

    return Overview([at(row) for row in rows])


def area(text: str) -> tuple[float, float, float, float] | None:
    """The area that an address names: south, west, north, east; None when it names none."""
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        return None
    named = all(map(isfinite, (south, west, north, east))) and south <= north and west <= east
    return (south, west, north, east) if named else None
