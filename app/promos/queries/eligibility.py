"""Which promos somebody may buy from at this moment, and what decides it."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    any_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.core.prepared import Prepared
from app.customers.models import Customer, Membership
from app.customers.queries import audience
from app.promos.models import Promo, PromoHold, PromoSegment, PromoStock
from app.promos.queries.holds import LIVE, H
from app.promos.queries.promos import FREE, NOW, OVER_AT, PS, ROWS, STORES, P, S

C, M = Customer.__table__.c, Membership.__table__.c
SOONEST = Ordering("promos:over_at", (OVER_AT, P.id), ("over_at", "id"))
_USER_ID = bindparam("user_id", type_=BigInteger)
_PLACE = Prepared(select(C.latitude, C.longitude).where(C.id == _USER_ID, C.is_active))
_FACTS = text("SELECT * FROM promos_facts(:promo_id, :user_id)")
_IN_TIME = func.tstzrange(P.starts_at, func.greatest(P.starts_at, OVER_AT)).op("@>")(NOW)
_RUNNING = (P.activated_at.is_not(None), P.paused_at.is_(None), _IN_TIME, S.sold < S.allotted)
_REACH = func.box(func.point(P.west, P.south), func.point(P.east, P.north))
_NEXT_FREE = (
    select(H.expires_at)
    .where(H.promo_id == P.id, H.state == "held")
    .order_by(H.expires_at)
    .limit(1)
    .correlate(Promo)
    .scalar_subquery()
)
_COUNTS = LIVE | ((H.state == "completed") & H.returned_at.is_(None))
_TAKEN = (
    select(H.promo_id, func.count().label("units"))
    .select_from(PromoHold)
    .where(H.user_id == _USER_ID, _COUNTS)
    .group_by(H.promo_id)
    .subquery()
)
_MINE = select(PS.promo_id).select_from(PromoSegment)
_MINE = _MINE.where(PS.promo_id == P.id, PS.segment_id == any_(bindparam("mine", type_=ARRAY(BigInteger))))
_MAY = (
    ROWS.add_columns(case((FREE <= 0, _NEXT_FREE)).label("next_free_at"))
    .outerjoin(_TAKEN, _TAKEN.c.promo_id == P.id)
    .where(*_RUNNING, or_(P.audience == "all", _MINE.exists()))
    .where(func.coalesce(_TAKEN.c.units, 0) < P.per_customer_limit)
)
_LATITUDE, _LONGITUDE = (cast(bindparam(name), Double) for name in ("latitude", "longitude"))
_DISTANCE = func.core_distance_km(STORES.latitude, STORES.longitude, _LATITUDE, _LONGITUDE)


def _spot(turn: int) -> ColumnElement[Any]:
    point = func.point(_LONGITUDE + cast(turn, Double), _LATITUDE)
    return func.box(point, point)


# The box finds by the index whom to measure, the distance decides; nowhere is near no store.
_INSIDE = or_(*(_REACH.op("@>")(_spot(turn)) for turn in (0, 360)))
_NEAR = _MAY.where(_INSIDE, or_(P.max_distance_km.is_(None), P.max_distance_km >= _DISTANCE))
_ANYWHERE = _MAY.where(P.max_distance_km.is_(None))
_FIRST = {
    statement: Prepared(statement.order_by(*SOONEST.columns).limit(bindparam("most", type_=Integer)))
    for statement in (_NEAR, _ANYWHERE)
}
_NAMED = Prepared(
    select(PS.segment_id)
    .distinct()
    .join(Promo, P.id == PS.promo_id)
    .join(PromoStock, S.promo_id == P.id)
    .where(*_RUNNING)
)


def running(*, store_id: int | None, product_id: int | None, limit: int, cursor: str | None) -> Page:
    """One page of the promos that are open and not sold out, those that end first."""
    statement = ROWS.where(*_RUNNING)
    if store_id is not None:
        statement = statement.where(STORES.id == store_id)
    if product_id is not None:
        statement = statement.where(P.product_id == product_id)
    return _page(statement, limit, cursor)


def eligible(user_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of the promos that this customer may buy from, those whose units are all held too."""
    place = _PLACE.first(user_id=user_id)
    known = place is not None and place.latitude is not None
    here = {"latitude": place.latitude, "longitude": place.longitude} if known else {}
    asked = {"user_id": user_id, "mine": _segments_of(user_id), **here}
    statement = _NEAR if known else _ANYWHERE
    if cursor is None:
        rows = _FIRST[statement].all(**asked, most=limit + 1)
    else:
        rows = list(session().execute(paged(statement, SOONEST, limit=limit, cursor=cursor), asked))
    return page_of(rows if place is not None else [], SOONEST, limit)


def facts(promo_id: int, user_id: int) -> Any:
    """All that decides whether this customer may have a unit of this promo now; None without such a promo."""
    return session().execute(_FACTS, {"promo_id": promo_id, "user_id": user_id}).first()


def _page(statement: Select[Any], limit: int, cursor: str | None) -> Page:
    rows = session().execute(paged(statement, SOONEST, limit=limit, cursor=cursor)).all()
    return page_of(rows, SOONEST, limit)


def _segments_of(user_id: int) -> list[int]:
    """The segments that running promos are for, as far as this customer is in them."""
    named = _NAMED.all()
    if not named:
        return []
    by_hand = session().scalars(select(M.segment_id).where(M.customer_id == user_id)).all()
    return sorted({row.segment_id for row in named} & {*by_hand, *audience.ruled_segments_of(user_id)})
