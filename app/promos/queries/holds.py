"""Promo reservations: a customer's own as the API shows them, and all of them as operators see them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged
from app.identity.models import User
from app.inventory.models import Product
from app.promos.errors import PromoReservationNotFound
from app.promos.models import Promo, PromoHold

H, P = PromoHold.__table__.c, Promo.__table__.c
PRODUCTS, USERS = Product.__table__.c, User.__table__.c
NEWEST = Ordering("promo_holds:newest", (H.id,), ("id",), descending=True)
HOLD_ORDERINGS = {"newest": NEWEST, "oldest": Ordering("promo_holds:oldest", (H.id,), ("id",))}
RELEASED_AT_ONCE = 2000
LIVE = (H.state == "held") & (H.expires_at > func.clock_timestamp())
_LAPSED = (H.state == "held") & (H.expires_at <= func.clock_timestamp())
_STATUS = case((_LAPSED, "expired"), else_=H.state).label("status")
_HOLDS = select(*H, _STATUS, func.clock_timestamp().label("server_time"))
_LINES = (
    _HOLDS.add_columns(USERS.username, P.product_id, PRODUCTS.name.label("product_name"), PRODUCTS.sku)
    .select_from(PromoHold)
    .join(User, USERS.id == H.user_id)
    .join(Promo, P.id == H.promo_id)
    .join(Product, PRODUCTS.id == P.product_id)
)


@dataclass(frozen=True)
class PromoHoldFilter:
    """Which promo reservations are meant."""

    user_id: int | None = None
    promo_id: int | None = None
    status: str | None = None
    customer: str = ""


def hold(hold_id: UUID, *, user_id: int | None) -> Any:
    """One promo reservation; `user_id` names whose it must be."""
    mine = _HOLDS.where(H.id == hold_id)
    row = session().execute(mine if user_id is None else mine.where(H.user_id == user_id)).first()
    if row is None:
        raise PromoReservationNotFound(reservation_id=hold_id)
    return row


def holds(which: PromoHoldFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of promo reservations, the newest first."""
    rows = session().execute(paged(_filtered(_HOLDS, which), NEWEST, limit=limit, cursor=cursor)).all()
    return page_of(rows, NEWEST, limit)


def hold_page(which: PromoHoldFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of promo reservations with product and customer."""
    order = HOLD_ORDERINGS[ordering]
    rows = session().execute(paged(_filtered(_LINES, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def all_holds(which: PromoHoldFilter, *, ordering: str) -> Iterator[Any]:
    """All promo reservations of a filter, for an export."""
    return all_of(lambda limit, cursor: hold_page(which, ordering=ordering, limit=limit, cursor=cursor))


def hold_count(which: PromoHoldFilter, *, live: bool = False, most: int | None = COUNTED_TO) -> int:
    """How many there are, or how many of them are live, counted to 10,000 at most; `most=None` is all of them."""
    statement = _filtered(select(H.id), which)
    return session().scalar(counted(statement.where(LIVE) if live else statement, most)) or 0


def live_holds(which: PromoHoldFilter) -> Sequence[UUID]:
    """The live ones of a filter, those that end first."""
    found = _filtered(select(H.id), which).where(LIVE).order_by(H.expires_at)
    return session().scalars(found.limit(RELEASED_AT_ONCE)).all()


def hold_states(ids: Collection[UUID], which: PromoHoldFilter = PromoHoldFilter()) -> dict[UUID, str]:
    """The status of these promo reservations, as far as they are of the filter."""
    rows = session().execute(_filtered(_HOLDS, which).where(H.id.in_(ids)))
    return {row.id: row.status for row in rows}


def buyers(promo_id: int, *, most: int) -> set[int]:
    """Who bought units of a promo; at most so many, for whoever wants to keep them in mind."""
    found = select(H.user_id).where(H.promo_id == promo_id, H.state == "completed", H.returned_at.is_(None)).distinct()
    return set(session().scalars(found.limit(most)))


def _filtered(statement: Select[Any], which: PromoHoldFilter) -> Select[Any]:
    if which.user_id is not None:
        statement = statement.where(H.user_id == which.user_id)
    if which.promo_id is not None:
        statement = statement.where(H.promo_id == which.promo_id)
    if which.customer:
        name = USERS.email if "@" in which.customer else USERS.username
        named = select(USERS.id).where(func.lower(name) == func.lower(which.customer))
        statement = statement.where(H.user_id.in_(named))
    if which.status == "held":
        return statement.where(LIVE)
    if which.status == "expired":
        return statement.where((H.state == "expired") | _LAPSED)
    return statement.where(H.state == which.status) if which.status else statement
