"""Where stores are: those around a place, and all of a filter as pins and circles of several."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from app.core.db import session
from app.core.geo import box_around
from app.stores.queries import STORES, StoreFilter, filtered

DRAWN = 30


def around(latitude: float, longitude: float, km: float) -> Sequence[Any]:
    """The nearest stores in a box of so many km around a place, for a map."""
    box = box_around(latitude, longitude, km)
    wide = or_(*(STORES.longitude.between(west, east) for west, east in box.longitudes()))
    found = select(STORES.id, STORES.name, STORES.latitude, STORES.longitude)
    found = found.where(STORES.latitude.between(box.south, box.north), wide)
    away = func.core_distance_km(latitude, longitude, STORES.latitude, STORES.longitude)
    return session().execute(found.order_by(away, STORES.id).limit(DRAWN)).all()


def extent(which: StoreFilter) -> Any:
    """The edges of the area in which the stores of a filter are; None each when there is none."""
    edges = (
        func.min(STORES.latitude).label("south"),
        func.min(STORES.longitude).label("west"),
        func.max(STORES.latitude).label("north"),
        func.max(STORES.longitude).label("east"),
    )
    return session().execute(filtered(select(*edges), which)).one()


def cells(which: StoreFilter, *, south: float, west: float, tall: float, wide: float, most: int) -> Sequence[Any]:
    """The stores of a filter by cells of so many degrees from a corner: how many, about where, and who is the first."""
    row, column = (
        func.floor((place - corner) / size)
        for place, corner, size in ((STORES.latitude, south, tall), (STORES.longitude, west, wide))
    )
    facts = select(
        func.count().label("stores"),
        func.min(STORES.id).label("id"),
        func.min(STORES.name).label("name"),
        func.bool_or(STORES.is_active).label("is_active"),
        func.avg(STORES.latitude).label("latitude"),
        func.avg(STORES.longitude).label("longitude"),
        func.min(STORES.latitude).label("south"),
        func.min(STORES.longitude).label("west"),
        func.max(STORES.latitude).label("north"),
        func.max(STORES.longitude).label("east"),
    )
    return (
        session().execute(filtered(facts, which).group_by(row, column).order_by(row.desc(), column).limit(most)).all()
    )
