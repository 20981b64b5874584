"""Every SELECT about stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.core.words import begin_so, words_of
from app.stores.errors import StoreNotFound
from app.stores.models import Store

STORES = Store.__table__.c
_SORT_NAME = func.lower(STORES.name)
ORDERINGS = {
    "name": Ordering("stores:name", (_SORT_NAME, STORES.id), ("sort_name", "id")),
    "-name": Ordering("stores:-name", (_SORT_NAME, STORES.id), ("sort_name", "id"), descending=True),
    "oldest": Ordering("stores:oldest", (STORES.created_at, STORES.id), ("created_at", "id")),
    "newest": Ordering("stores:newest", (STORES.created_at, STORES.id), ("created_at", "id"), descending=True),
}
_ROWS = select(*STORES, _SORT_NAME.label("sort_name"))
_BY_ID = select(*STORES).where(STORES.id == bindparam("store_id"))


@dataclass(frozen=True)
class StoreFilter:
    """Which stores are meant; the area is south, west, north and east, edges included."""

    q: str | None = None
    is_active: bool | None = None
    area: tuple[float, float, float, float] | None = None


def store(store_id: int, *, inactive_too: bool) -> Any:
    """One store as a row."""
    row = session().execute(_BY_ID, {"store_id": store_id}).first()
    if row is None or not (row.is_active or inactive_too):
        raise StoreNotFound(store_id=store_id)
    return row


def page(which: StoreFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of stores."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(filtered(_ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def names() -> Sequence[Any]:
    """Id and name of every store, by name, to choose one of them."""
    return session().execute(select(STORES.id, STORES.name).order_by(_SORT_NAME, STORES.id)).all()


def called(text: str, *, most: int) -> Sequence[Any]:
    """Some stores of which a word begins with each that was typed, by name."""
    found = _ROWS.where(begin_so(words_of("stores.name"), text))
    return session().execute(found.order_by(_SORT_NAME, STORES.id).limit(most)).all()


def count(which: StoreFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(filtered(select(STORES.id), which))) or 0


def matching(which: StoreFilter, *, limit: int) -> Sequence[int]:
    """The ids of the stores of a filter."""
    return session().scalars(filtered(select(STORES.id), which).order_by(STORES.id).limit(limit)).all()


def filtered(statement: Select[Any], which: StoreFilter) -> Select[Any]:
    """The statement with only those stores that are meant."""
    if which.is_active is not None:
        statement = statement.where(STORES.is_active == which.is_active)
    if which.q:
        statement = statement.where(STORES.name.icontains(which.q, autoescape=True))
    if which.area:
        south, west, north, east = which.area
        inside = STORES.latitude.between(south, north), STORES.longitude.between(west, east)
        statement = statement.where(*inside)
    return statement


def everything(which: StoreFilter, *, ordering: str) -> Any:
    """All stores of a filter, for an export."""
    order = ORDERINGS[ordering]
    direction = [column.desc() if order.descending else column.asc() for column in order.columns]
    return session().execute(filtered(_ROWS, which).order_by(*direction))
