"""A place and what lies around it, drawn as the map of a promo is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import degrees
from typing import Any

from app.core.geo import distance_km
from app.core.maps import EDGE, Grid, Spot, course, grid, spots
from app.stores.queries import StoreFilter, places

ZOOMS = (1, 5, 25, 100, 500, 2_500, 10_000)
NEAR, MOST_NEAR = 5, 5
WAYS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True)
class Near:
    """Another store, how far it is and where."""

    id: int
    name: str
    km: float
    way: str


@dataclass(frozen=True)
class Surroundings:
    """A map around a place; `is_set` tells whether somebody named it."""

    latitude: float
    longitude: float
    is_set: bool
    km: int
    grid: Grid
    spots: list[Spot]
    near: list[Near]

    def zoom(self, by: int) -> int | None:
        """The next scale, closer or wider."""
        at = ZOOMS.index(self.km) + by
        return ZOOMS[at] if 0 <= at < len(ZOOMS) else None


def around(latitude: float, longitude: float, km: int | None = None, *, but: int | None = None) -> Surroundings:
    """The map around a place; without a scale the closest that shows another store."""
    return _drawn((latitude, longitude), km, but, is_set=True)


def typed(form: Mapping[str, str], *, but: int | None = None) -> Surroundings:
    """The map around the place that a form names, or around the middle of all stores."""
    scale = form.get("map_km", "")
    km = next((zoom for zoom in ZOOMS if str(zoom) == scale), None)
    latitude, longitude = _degrees(form, "latitude", 90), _degrees(form, "longitude", 180)
    if latitude is not None and longitude is not None:
        return _drawn((latitude, longitude), km, but, is_set=True)
    edges = places.extent(StoreFilter())
    if edges.south is None:
        return _drawn((0.0, 0.0), km or ZOOMS[-1], but, is_set=False)
    middle = (edges.south + edges.north) / 2, (edges.west + edges.east) / 2
    return _drawn(middle, km or _holding(distance_km(*middle, edges.north, edges.east)), but, is_set=False)


def _drawn(place: tuple[float, float], km: int | None, but: int | None, *, is_set: bool) -> Surroundings:
    scale = km or next((zoom for zoom in ZOOMS if _spots(place, zoom, but)), NEAR)
    shown = _spots(place, scale, but)
    drawn = {spot.id for spot in shown}
    near = [_near(place, store) for store in places.around(*place, scale) if store.id in drawn]
    near.sort(key=lambda each: (each.km, each.id))
    return Surroundings(*place, is_set, scale, grid(scale / EDGE), shown, near[:MOST_NEAR])


def _spots(place: tuple[float, float], km: int, but: int | None) -> list[Spot]:
    others = (store for store in places.around(*place, km) if store.id != but)
    return spots(*place, others, km / EDGE)


def _near(place: tuple[float, float], store: Any) -> Near:
    eighth = round(degrees(course(*place, store)) / 45) % len(WAYS)
    return Near(store.id, store.name, distance_km(*place, store.latitude, store.longitude), WAYS[eighth])


def _holding(km: float) -> int:
    return next((zoom for zoom in ZOOMS if zoom >= km), ZOOMS[-1])


def _degrees(form: Mapping[str, str], name: str, most: int) -> float | None:
    try:
        value = float(form.get(name, "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if -most <= value <= most else None
