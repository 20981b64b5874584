"""What a form of a promo would come to, told beside it: the price, the stock, the hours, the reach and the audience."""

from dataclasses import dataclass
from math import atan2, cos, floor, log10, radians, sin
from typing import Any

from app.core import filters
from app.core.geo import distance_km
from app.customers.queries.audience import SAMPLE_SIZE
from app.promos import queries
from app.promos.console.drafts import Draft

# The map is a square of 200 units around the store; the circle of the radius has this many.
EDGE, CIRCLE = 100, 66
WITHOUT_RADIUS_KM = 5.0
FARTHEST_KM = 20_015.0


@dataclass(frozen=True)
class Spot:
    """Another store, where it lies on the map."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Map:
    """The surroundings of a store: directions and distances from it are true, at any latitude."""

    km: float | None
    km_per_unit: float
    step_km: float
    lines: list[float]
    spots: list[Spot]

    @property
    def step(self) -> float:
        """How many units lie between two lines of the grid."""
        return self.step_km / self.km_per_unit


@dataclass(frozen=True)
class Preview:
    """All that can be said of a form that may be half typed."""

    offer: Any
    discount: float | None
    lasts: float | None
    map: Map | None
    audience: Any
    sample: Any


def preview(draft: Draft) -> Preview:
    """What the form would come to now."""
    price, offer = filters.amount(draft.typed["promo_price"]), draft.offer
    discount = float(1 - price / offer.price) if offer and price is not None and offer.price else None
    times = [draft.walls[name].moment for name in ("starts_at", "ends_at") if name in draft.walls]
    both = [moment for moment in times if moment is not None]
    lasts = (both[1] - both[0]).total_seconds() if len(both) == 2 else None
    known = offer is not None and not {"max_distance_km", "segment_ids", "audience"} & draft.errors.keys()
    if not known:
        return Preview(offer, discount, lasts, None, None, None)
    km = _km(draft)
    named = draft.segment_ids if draft.typed["audience"] == "segments" else None
    who = queries.Audience(named, km, offer.latitude, offer.longitude)
    found = queries.counts(who), queries.sample(who, limit=SAMPLE_SIZE)
    return Preview(offer, discount, lasts, drawn(offer, km), *found)


def drawn(offer: Any, km: float | None) -> Map:
    """The map around the store of a product."""
    reach = km or WITHOUT_RADIUS_KM
    scale = reach / CIRCLE
    step = _nice(25 * scale)
    count = floor(EDGE * scale / step)
    lines = [number * step / scale for number in range(-count, count + 1)]
    around = queries.stores_around(offer.latitude, offer.longitude, min(EDGE * scale, FARTHEST_KM))
    spots = [_spot(offer, store, scale) for store in around if store.id != offer.store_id]
    inside = [spot for spot in spots if max(abs(spot.x), abs(spot.y)) < EDGE - 4]
    return Map(km, scale, step, lines, inside)


def _km(draft: Draft) -> float | None:
    return None if draft.typed["anywhere"] else float(draft.typed["max_distance_km"].replace(",", "."))


def _nice(km: float) -> float:
    """The nearest round distance that is not longer: 1, 2 or 5 of some power of ten."""
    power: float = 10.0 ** floor(log10(km))
    return float(max(part * power for part in (1, 2, 5) if part * power <= km * (1 + 1e-9)))


def _spot(offer: Any, store: Any, scale: float) -> Spot:
    away = distance_km(offer.latitude, offer.longitude, store.latitude, store.longitude) / scale
    here, there = radians(offer.latitude), radians(store.latitude)
    turn = radians(store.longitude - offer.longitude)
    east, north = sin(turn) * cos(there), cos(here) * sin(there) - sin(here) * cos(there) * cos(turn)
    course = atan2(east, north)
    return Spot(store.name, round(away * sin(course), 2), round(-away * cos(course), 2))
