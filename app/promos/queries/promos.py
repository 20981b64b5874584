"""Promos with their status, counters, product and store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.core import filters
from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.inventory import queries as inventory
from app.inventory.models import Product
from app.promos.errors import PromoNotFound
from app.promos.models import Promo, PromoSegment, PromoStock
from app.stores.models import Store

P, S, PS = Promo.__table__.c, PromoStock.__table__.c, PromoSegment.__table__.c
PRODUCTS, STORES = Product.__table__.c, Store.__table__.c
OVER_AT = func.coalesce(P.ended_at, P.ends_at)
ORDERINGS = {
    "starts_at": Ordering("promos:starts_at", (P.starts_at, P.id), ("starts_at", "id")),
    "-starts_at": Ordering("promos:-starts_at", (P.starts_at, P.id), ("starts_at", "id"), descending=True),
    "ends_at": Ordering("promos:ends_at", (OVER_AT, P.id), ("over_at", "id")),
    "-ends_at": Ordering("promos:-ends_at", (OVER_AT, P.id), ("over_at", "id"), descending=True),
    "newest": Ordering("promos:newest", (P.id,), ("id",), descending=True),
    "oldest": Ordering("promos:oldest", (P.id,), ("id",)),
}
NOW = select(func.clock_timestamp()).scalar_subquery()
STATUS = func.promos_status(
    P.activated_at, P.paused_at, P.starts_at, OVER_AT, func.coalesce(S.sold >= S.allotted, False), NOW
)
FREE = S.allotted - S.held - S.sold - S.returned
_SEGMENTS = select(PS.segment_id).where(PS.promo_id == P.id).order_by(PS.segment_id).scalar_subquery()
_NOTHING = 0
MOST_BETWEEN = 500
ROWS = (
    select(
        *P,
        STATUS.label("status"),
        OVER_AT.label("over_at"),
        func.coalesce(S.held, _NOTHING).label("held"),
        func.coalesce(S.sold, _NOTHING).label("sold"),
        func.coalesce(FREE, P.quantity).label("available_now"),
        func.array(_SEGMENTS).label("segment_ids"),
        PRODUCTS.name.label("product_name"),
        PRODUCTS.sku,
        PRODUCTS.price,
        STORES.id.label("store_id"),
        STORES.name.label("store_name"),
        STORES.timezone,
        STORES.latitude.label("store_latitude"),
        STORES.longitude.label("store_longitude"),
        NOW.label("server_time"),
    )
    .select_from(Promo)
    .join(Product, PRODUCTS.id == P.product_id)
    .join(Store, STORES.id == PRODUCTS.store_id)
    .outerjoin(PromoStock, S.promo_id == P.id)
)


@dataclass(frozen=True)
class PromoFilter:
    """Which promos are meant; those that are archived only when it says so."""

    status: str | None = None
    product_id: int | None = None
    store_id: int | None = None
    segment_id: int | None = None
    q: str | None = None
    archived: bool = False


def promo(promo_id: int) -> Any:
    """One promo as a row."""
    row = session().execute(ROWS.where(P.id == promo_id)).first()
    if row is None:
        raise PromoNotFound(promo_id=promo_id)
    return row


def page(which: PromoFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of promos."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(_filtered(ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def called(text: str, *, most: int) -> Sequence[Any]:
    """Some promos of products that are called so, or the one with this number; those that began or begin last first."""
    number = filters.number(text)
    wanted = P.product_id == inventory.named(text)
    found = ROWS.where(P.archived_at.is_(None), wanted if number is None else or_(wanted, P.id == number))
    return session().execute(found.order_by(P.starts_at.desc(), P.id.desc()).limit(most)).all()


def everything(which: PromoFilter, *, ordering: str) -> Any:
    """All promos of a filter, for an export."""
    order = ORDERINGS[ordering]
    direction = [column.desc() if order.descending else column.asc() for column in order.columns]
    return session().execute(_filtered(ROWS, which).order_by(*direction))


def count(which: PromoFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(_filtered(ROWS.with_only_columns(P.id, maintain_column_froms=True), which))) or 0


def statuses(which: PromoFilter) -> dict[str, int]:
    """How many of a filter there are in each status."""
    found = _filtered(ROWS.with_only_columns(STATUS.label("status"), maintain_column_froms=True), which).subquery()
    counted = select(found.c.status, func.count().label("promos")).group_by(found.c.status)
    return {row.status: row.promos for row in session().execute(counted)}


def between(start: Any, end: Any) -> Sequence[Any]:
    """The promos that run at some time between two moments, by their start."""
    during = ROWS.where(P.archived_at.is_(None), P.starts_at < end, start < OVER_AT)
    return session().execute(during.order_by(P.starts_at, P.id).limit(MOST_BETWEEN)).all()


def overlapping(product_id: int, start: datetime, end: datetime) -> Sequence[Any]:
    """The activated promos of a product whose time overlaps with this one."""
    others = select(P.id, P.starts_at, OVER_AT.label("over_at")).where(P.activated_at.is_not(None))
    during = others.where(P.product_id == product_id, P.starts_at < end, start < OVER_AT)
    return session().execute(during.order_by(P.starts_at).limit(10)).all()


def noteworthy(*, within: timedelta) -> Sequence[Any]:
    """The promos that are paused or sold out in their time, and the drafts that are to start so soon."""
    begun, soon = P.starts_at <= NOW, (P.starts_at > NOW) & (P.starts_at <= NOW + within)
    which = or_(STATUS == "sold_out", (STATUS == "paused") & begun, (STATUS == "draft") & soon)
    statement = ROWS.where(P.archived_at.is_(None), OVER_AT > NOW, which)
    return session().execute(statement.order_by(P.starts_at, P.id).limit(20)).all()


def on_sale(*, most: int) -> Sequence[Any]:
    """The activated promos that are not over: those that run first, then those that come next."""
    there = ROWS.where(P.archived_at.is_(None), S.state != "closed", OVER_AT > NOW)
    return session().execute(there.order_by(P.starts_at, P.id).limit(most)).all()


def matching(which: PromoFilter, ids: Collection[int] | None, *, limit: int) -> Sequence[Any]:
    """The id and status of the promos of a filter, or of those among them that are named."""
    statement = _filtered(ROWS.with_only_columns(P.id, STATUS.label("status"), maintain_column_froms=True), which)
    chosen = statement if ids is None else statement.where(P.id.in_(ids))
    return session().execute(chosen.order_by(P.id).limit(limit)).all()


def segment_ids(promo_id: int) -> Sequence[int]:
    """The segments that a promo is for."""
    return session().scalars(select(PS.segment_id).where(PS.promo_id == promo_id).order_by(PS.segment_id)).all()


def depending(*, product_id: int | None = None, store_id: int | None = None) -> Sequence[Any]:
    """The activated promos of a product or store that are not over."""
    found = select(P.id, P.promo_price).join(Product, PRODUCTS.id == P.product_id)
    found = found.where(P.activated_at.is_not(None), func.clock_timestamp() < OVER_AT).order_by(P.id)
    if product_id is not None:
        found = found.where(P.product_id == product_id)
    if store_id is not None:
        found = found.where(PRODUCTS.store_id == store_id)
    return session().execute(found).all()


def to_close(*, limit: int) -> Sequence[int]:
    """The promos that are over and whose counters are not closed yet."""
    over = select(S.promo_id).join(Promo, P.id == S.promo_id).where(S.state != "closed", OVER_AT <= NOW)
    return session().scalars(over.order_by(S.promo_id).limit(limit)).all()


def _filtered(statement: Select[Any], which: PromoFilter) -> Select[Any]:
    statement = statement.where(P.archived_at.is_not(None) if which.archived else P.archived_at.is_(None))
    if which.status is not None:
        statement = statement.where(STATUS.in_([which.status]))
    if which.product_id is not None:
        statement = statement.where(P.product_id == which.product_id)
    if which.store_id is not None:
        statement = statement.where(STORES.id == which.store_id)
    if which.segment_id is not None:
        statement = statement.where(
            select(PS.promo_id).where(PS.promo_id == P.id, PS.segment_id == which.segment_id).exists()
        )
    if which.q:
        part = which.q
        statement = statement.where(
            PRODUCTS.name.icontains(part, autoescape=True) | PRODUCTS.sku.icontains(part, autoescape=True)
        )
    return statement
