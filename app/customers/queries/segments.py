"""Segments and how they are found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.core import references
from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.core.words import begin_so, words_of
from app.customers.errors import SegmentNotFound
from app.customers.models import Segment
from app.stores.models import Store

S, STORES = Segment.__table__.c, Store.__table__.c
_SORT_NAME = func.lower(S.name)
ORDERINGS = {
    "name": Ordering("segments:name", (_SORT_NAME,), ("sort_name",)),
    "-name": Ordering("segments:-name", (_SORT_NAME,), ("sort_name",), descending=True),
    "oldest": Ordering("segments:oldest", (S.created_at, S.id), ("created_at", "id")),
    "newest": Ordering("segments:newest", (S.created_at, S.id), ("created_at", "id"), descending=True),
}
_ROWS = select(*S, _SORT_NAME.label("sort_name"))


@dataclass(frozen=True)
class SegmentFilter:
    """Which segments are meant."""

    q: str | None = None


def segment(segment_id: int) -> Any:
    """One segment as a row."""
    row = session().execute(_ROWS.where(S.id == segment_id)).first()
    if row is None:
        raise SegmentNotFound(segment_id=segment_id)
    return row


def page(which: SegmentFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of segments."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(_filtered(_ROWS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def count(which: SegmentFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(_filtered(select(S.id), which))) or 0


def named(segment_ids: Collection[int]) -> Sequence[Any]:
    """These segments by name."""
    return session().execute(_ROWS.where(S.id.in_(segment_ids)).order_by(_SORT_NAME)).all()


def called(text: str, *, most: int) -> Sequence[Any]:
    """Some segments of which a word begins with each that was typed, by name."""
    found = _ROWS.where(begin_so(words_of("segments.name"), text))
    return session().execute(found.order_by(_SORT_NAME).limit(most)).all()


def manual() -> Sequence[Any]:
    """The segments into which customers are put by hand, by name."""
    return session().execute(_ROWS.where(S.rules.is_(None)).order_by(_SORT_NAME)).all()


def everything() -> Sequence[Any]:
    """All segments by name."""
    return session().execute(_ROWS.order_by(_SORT_NAME)).all()


def store_names() -> dict[int, str]:
    """The stores that rules can name, by name."""
    return {
        row.id: row.name for row in session().execute(select(STORES.id, STORES.name).order_by(func.lower(STORES.name)))
    }


def used_by(segment_ids: Collection[int]) -> dict[Any, dict[str, int]]:
    """How many rows of which tables refer to each of these segments."""
    return references.used_by(Segment, segment_ids)


def _filtered(statement: Select[Any], which: SegmentFilter) -> Select[Any]:
    return statement.where(S.name.icontains(which.q, autoescape=True)) if which.q else statement
