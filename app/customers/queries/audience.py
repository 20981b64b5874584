"""Who is in a segment, as one predicate over `customers` that is asked anew each time.

The database's clock is read once for each rule, before the rows are looked at: were it read for each of a million rows,
no index could help.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from app.core import geo
from app.core.db import reading_all, session
from app.customers import rules as customer_rules
from app.customers.models import Customer, Membership, Segment
from app.customers.rules import Rules
from app.identity.models import User
from app.stores.errors import StoreNotFound
from app.stores.models import Store

C, M, S = Customer.__table__.c, Membership.__table__.c, Segment.__table__.c
STORES, USERS = Store.__table__.c, User.__table__.c
SAMPLE_SIZE = 10

Place = tuple[float, float]
Places = Mapping[int, Place]
_NOW = select(func.clock_timestamp()).scalar_subquery()


@dataclass(frozen=True)
class Preview:
    """How many customers some rules find now, and some of them."""

    count: int
    sample: Collection[Any]
    server_time: datetime


def ruled(rules: Rules, places: Places) -> ColumnElement[bool]:
    """The customers that some rules find; `places` has the position of each store that they name."""
    combine = and_ if rules["match"] == "all" else or_
    return combine(*(_PREDICATES[rule["type"]](rule, places) for rule in rules["rules"]))


def ids(segment_ids: Collection[int] | None) -> Select[tuple[int]]:
    """The active customers in any of these segments; with None, all of them."""
    active = select(C.id).where(C.is_active)
    return active if segment_ids is None else active.where(in_any(segment_ids))


def matches(customer_id: int, segment_ids: Collection[int] | None) -> bool:
    """Whether an active customer is in any of these segments at this moment."""
    found = ids(segment_ids).where(C.id == customer_id)
    return session().scalar(select(found.exists())) is True


def in_any(segment_ids: Collection[int]) -> ColumnElement[bool]:
    """The customers in any of these segments; one that does not exist has nobody."""
    chosen = session().execute(select(S.id, S.rules).where(S.id.in_(segment_ids))).all()
    return or_(false(), *_predicates(chosen).values())


def near(place: Place, km: float) -> ColumnElement[bool]:
    """The box finds whom to ask (by the index on places when they are few), the distance decides."""
    latitude, longitude = place
    box = geo.box_around(latitude, longitude, km)
    wide = or_(*(C.longitude.between(west, east) for west, east in box.longitudes()))
    distance = func.core_distance_km(C.latitude, C.longitude, latitude, longitude)
    return and_(C.latitude.between(box.south, box.north), wide, distance <= km)


def ruled_segments_of(customer_id: int) -> list[int]:
    """The segments whose rules find this customer now."""
    segments = session().execute(select(S.id, S.rules).where(S.rules.is_not(None)).order_by(S.id)).all()
    found = [case((predicate, segment_id)) for segment_id, predicate in _predicates(segments).items()]
    if not found:
        return []
    row = session().execute(select(*found).where(C.id == customer_id, C.is_active)).first()
    return [segment_id for segment_id in row or () if segment_id is not None]


def preview(predicate: ColumnElement[bool]) -> Preview:
    """How many active customers it finds, exactly, and some of them."""
    counted = select(func.count(), func.clock_timestamp()).select_from(Customer).where(C.is_active, predicate)
    with reading_all():
        count, server_time = session().execute(counted).one()
    some = select(C.id).where(C.is_active, predicate).limit(SAMPLE_SIZE).subquery()
    shown = select(USERS.id, USERS.username, USERS.first_name, USERS.last_name).join(some, some.c.id == USERS.id)
    return Preview(count, session().execute(shown.order_by(USERS.id)).all(), server_time)


def ruled_anew(rules: Rules) -> ColumnElement[bool]:
    """The customers that rules find that are not those of a segment yet."""
    return ruled(rules, places(customer_rules.stores_named([rules])))


def places(store_ids: Collection[int], *, locked: bool = False) -> dict[int, Place]:
    """Where these stores are; one that does not exist is refused, and locked ones are not deleted meanwhile."""
    found = select(STORES.id, STORES.latitude, STORES.longitude).where(STORES.id.in_(store_ids)).order_by(STORES.id)
    rows = session().execute(found.with_for_update(read=True, key_share=True) if locked else found).all()
    missing = set(store_ids) - {row.id for row in rows}
    if missing:
        raise StoreNotFound(store_id=min(missing))
    return {row.id: (row.latitude, row.longitude) for row in rows}


def _predicates(segments: Collection[Any]) -> dict[int, ColumnElement[bool]]:
    """Who is in each of these segments."""
    where = places(customer_rules.stores_named(segment.rules for segment in segments))
    return {
        segment.id: ruled(segment.rules, where) if segment.rules else _put_in_by_hand(segment.id)
        for segment in segments
    }


def _put_in_by_hand(segment_id: int) -> ColumnElement[bool]:
    return select(M.customer_id).where(M.segment_id == segment_id, M.customer_id == C.id).exists()


def _joined_within(rule: Rules, _places: Places) -> ColumnElement[bool]:
    return C.joined_at > _NOW - timedelta(days=rule["days"])


def _ordered(rule: Rules, _places: Places) -> ColumnElement[bool]:
    lately = C.last_order_at > _NOW - timedelta(days=rule["within_days"])
    return and_(C.orders >= rule["at_least"], lately)


def _spent(rule: Rules, _places: Places) -> ColumnElement[bool]:
    return C.spend >= Decimal(rule["at_least"])


def _near_store(rule: Rules, places: Places) -> ColumnElement[bool]:
    return near(places[rule["store_id"]], rule["km"])


_PREDICATES: dict[str, Callable[[Rules, Places], ColumnElement[bool]]] = {
    "joined_within": _joined_within,
    "ordered": _ordered,
    "spent": _spent,
    "near_store": _near_store,
}
