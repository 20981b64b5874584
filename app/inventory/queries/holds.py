"""Reservations: a customer's own as the API shows them, and all of them as operators see them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged
from app.identity.models import User
from app.inventory.errors import ReservationNotFound
from app.inventory.models import Product, StockHold

HOLDS, PRODUCTS, USERS = StockHold.__table__.c, Product.__table__.c, User.__table__.c
HOLD_ORDERINGS = {
    "newest": Ordering("holds:newest", (HOLDS.id,), ("id",), descending=True),
    "oldest": Ordering("holds:oldest", (HOLDS.id,), ("id",)),
}
RELEASED_AT_ONCE = 2000

_LAPSED = (HOLDS.state == "held") & (HOLDS.expires_at <= func.clock_timestamp())
_LIVE = (HOLDS.state == "held") & (HOLDS.expires_at > func.clock_timestamp())
_STATUS = case((_LAPSED, "expired"), else_=HOLDS.state).label("status")
_HOLDS = select(*HOLDS, _STATUS, func.clock_timestamp().label("server_time"))
_JOINED = (Product, PRODUCTS.id == HOLDS.product_id), (User, USERS.id == HOLDS.user_id)
_LINES = _HOLDS.add_columns(PRODUCTS.sku, PRODUCTS.name.label("product_name"), USERS.username)


@dataclass(frozen=True)
class HoldFilter:
    """Which reservations are meant."""

    sku: str = ""
    customer: str = ""
    status: str = ""
    user_id: int | None = None


def hold(hold_id: UUID, *, user_id: int | None) -> Any:
    """One reservation; `user_id` names whose it must be."""
    mine = _HOLDS.where(HOLDS.id == hold_id)
    row = session().execute(mine if user_id is None else mine.where(HOLDS.user_id == user_id)).first()
    if row is None:
        raise ReservationNotFound(reservation_id=hold_id)
    return row


def holds(*, user_id: int | None, product_id: int | None, status: str | None, limit: int, cursor: str | None) -> Page:
    """One page of reservations, the newest first."""
    statement = _HOLDS
    if user_id is not None:
        statement = statement.where(HOLDS.user_id == user_id)
    if product_id is not None:
        statement = statement.where(HOLDS.product_id == product_id)
    return _page(_with_status(statement, status), "newest", limit, cursor)


def hold_page(which: HoldFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of reservations with product and customer."""
    return _page(_filtered(_LINES, which), ordering, limit, cursor)


def all_holds(which: HoldFilter, *, ordering: str) -> Iterator[Any]:
    """All reservations of a filter, for an export."""
    return all_of(lambda limit, cursor: hold_page(which, ordering=ordering, limit=limit, cursor=cursor))


def hold_count(which: HoldFilter, *, live: bool = False, most: int | None = COUNTED_TO) -> int:
    """How many there are, or how many of them are live, counted to 10,000 at most; `most=None` is all of them."""
    statement = _filtered(select(HOLDS.id), which)
    return session().scalar(counted(statement.where(_LIVE) if live else statement, most)) or 0


def live_holds(which: HoldFilter) -> Sequence[UUID]:
    """The live reservations of a filter, those that end first."""
    statement = _filtered(select(HOLDS.id), which).where(_LIVE).order_by(HOLDS.expires_at)
    return session().scalars(statement.limit(RELEASED_AT_ONCE)).all()


def hold_states(which: HoldFilter, ids: Collection[UUID]) -> dict[UUID, str]:
    """The status of these reservations, as far as they are of the filter."""
    rows = session().execute(_filtered(select(HOLDS.id, _STATUS), which).where(HOLDS.id.in_(ids)))
    return {row.id: row.status for row in rows}


def _page(statement: Select[Any], ordering: str, limit: int, cursor: str | None) -> Page:
    order = HOLD_ORDERINGS[ordering]
    return page_of(session().execute(paged(statement, order, limit=limit, cursor=cursor)).all(), order, limit)


def _filtered(statement: Select[Any], which: HoldFilter) -> Select[Any]:
    statement = statement.select_from(StockHold)
    for table, on in _JOINED:
        statement = statement.join(table, on)
    if which.sku:
        statement = statement.where(func.lower(PRODUCTS.sku) == func.lower(which.sku))
    if which.customer:
        name = USERS.email if "@" in which.customer else USERS.username
        statement = statement.where(func.lower(name) == func.lower(which.customer))
    if which.user_id is not None:
        statement = statement.where(HOLDS.user_id == which.user_id)
    return _with_status(statement, which.status)


def _with_status(statement: Select[Any], status: str | None) -> Select[Any]:
    if status == "held":
        return statement.where(_LIVE)
    if status == "expired":
        return statement.where((HOLDS.state == "expired") | _LAPSED)
    return statement.where(HOLDS.state == status) if status else statement
