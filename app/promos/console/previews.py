"""What a form of a promo would come to, told beside it: the price, the stock, the hours, the reach and the audience."""

from dataclasses import dataclass
from typing import Any

from app.core import filters
from app.core.maps import Spot, grid, spots
from app.customers.queries.audience import SAMPLE_SIZE
from app.promos import queries
from app.promos.console.drafts import Draft
from app.stores.queries.places import around

# Of the map's units from its middle to its edge, the circle of the radius has this many.
CIRCLE = 66
WITHOUT_RADIUS_KM = 5.0


@dataclass(frozen=True)
class Map:
    """The surroundings of a store, and how far its buyers may be."""

    km: float | None
    km_per_unit: float
    step_km: float
    lines: list[float]
    spots: list[Spot]


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
    lines = grid((km or WITHOUT_RADIUS_KM) / CIRCLE)
    place = offer.latitude, offer.longitude
    others = (store for store in around(*place, lines.reach_km) if store.id != offer.store_id)
    return Map(km, lines.km_per_unit, lines.step_km, lines.lines, spots(*place, others, lines.km_per_unit))


def _km(draft: Draft) -> float | None:
    return None if draft.typed["anywhere"] else float(draft.typed["max_distance_km"].replace(",", "."))
