"""Offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.core.words import begin_so, words_of
from app.offers.errors import OfferNotFound
from app.offers.models import Offer

OFFERS = Offer.__table__.c
_SORT_NAME = func.lower(OFFERS.name)
ORDERINGS = {
    "name": Ordering("offers:name", (_SORT_NAME, OFFERS.id), ("sort_name", "id")),
    "-name": Ordering("offers:-name", (_SORT_NAME, OFFERS.id), ("sort_name", "id"), descending=True),
    "cheapest": Ordering("offers:cheapest", (OFFERS.price, OFFERS.id), ("price", "id")),
    "dearest": Ordering("offers:dearest", (OFFERS.price, OFFERS.id), ("price", "id"), descending=True),
    "newest": Ordering("offers:newest", (OFFERS.id,), ("id",), descending=True),
}
_ROWS = select(*OFFERS, _SORT_NAME.label("sort_name"))


@dataclass(frozen=True)
class OfferFilter:
    """Which offers are meant."""

    q: str | None = None
    is_active: bool | None = None


def offer(offer_id: int, *, inactive_too: bool) -> Any:
    """One offer as a row."""
    row = session().execute(select(*OFFERS).where(OFFERS.id == offer_id)).first()
    if row is None or not (row.is_active or inactive_too):
        raise OfferNotFound(offer_id=offer_id)
    return row


def page(which: OfferFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of offers."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(_filtered(_ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def count(which: OfferFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(_filtered(select(OFFERS.id), which))) or 0


def matching(which: OfferFilter, *, limit: int) -> Sequence[int]:
    """The ids of the offers of a filter."""
    return session().scalars(_filtered(select(OFFERS.id), which).order_by(OFFERS.id).limit(limit)).all()


def called(text: str, *, most: int) -> Sequence[Any]:
    """Some offers of which a word begins with each that was typed, by name."""
    found = _ROWS.where(begin_so(words_of("offers.name"), text))
    return session().execute(found.order_by(_SORT_NAME, OFFERS.id).limit(most)).all()


def ids_named(text: str, *, most: int) -> Sequence[int]:
    """The offers that have this in their name, so many at most."""
    return session().scalars(_filtered(select(OFFERS.id), OfferFilter(q=text)).limit(most)).all()


def everything(which: OfferFilter, *, ordering: str) -> Any:
    """All offers of a filter, for an export."""
    order = ORDERINGS[ordering]
    direction = [column.desc() if order.descending else column.asc() for column in order.columns]
    return session().execute(_filtered(_ROWS, which).order_by(*direction))


def _filtered(statement: Select[Any], which: OfferFilter) -> Select[Any]:
    if which.is_active is not None:
        statement = statement.where(OFFERS.is_active == which.is_active)
    if which.q:
        statement = statement.where(OFFERS.name.icontains(which.q, autoescape=True))
    return statement
