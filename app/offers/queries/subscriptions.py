"""Subscriptions; their status follows from the clock, whatever a late job has not written yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.identity.models import User
from app.offers.models import Activation, Subscription

S, A, U = Subscription.__table__.c, Activation.__table__.c, User.__table__.c
_LATEST = Ordering("subscriptions:newest", (S.id,), ("transaction_id",), descending=True)
_ENDING = Ordering("subscriptions:ending", (S.ends_at, S.id), ("ends_at", "transaction_id"))
_NOW = func.statement_timestamp()  # the database's clock; an index can be asked for it
_STATUS = case(
    (S.state != "active", S.state), (S.ends_at <= _NOW, "expired"), (S.starts_at > _NOW, "scheduled"), else_="active"
)
_ROWS = select(
    S.id.label("transaction_id"), S.user_id, S.offer_id, A.offer_name, A.duration_days, _STATUS.label("status"),
    S.starts_at, S.ends_at, S.created_at,
).join(Activation, A.id == S.id)  # fmt: skip


@dataclass(frozen=True)
class SubscriptionFilter:
    """Which subscriptions are meant; `expiring_in_days`: those whose time is over by then."""

    user_id: int | None = None
    expiring_in_days: int | None = None


def page(which: SubscriptionFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of subscriptions, the newest first; of those that expire, the next to end first."""
    order = _LATEST if which.expiring_in_days is None else _ENDING
    rows = session().execute(paged(_ROWS.where(*_conditions(which)), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def subscription(transaction_id: UUID) -> Any:
    """What came of one activation."""
    return session().execute(_ROWS.where(S.id == transaction_id)).one()


def running(offer_id: int) -> int:
    """How many paid periods of an offer run now, counted to 10,000 at most."""
    mine = select(S.id).where(S.offer_id == offer_id, S.state == "active", S.starts_at <= _NOW, S.ends_at > _NOW)
    return session().scalar(counted(mine)) or 0


def addressee(transaction_id: UUID) -> Any:
    """An activation, its period, and the name and address of whose it is."""
    whose = select(
        *A, S.starts_at, S.ends_at, U.email, U.username, U.first_name
    ).join(Subscription, S.id == A.id).join(User, U.id == A.user_id)  # fmt: skip
    return session().execute(whose.where(A.id == transaction_id)).one()


def is_renewed(row: Any) -> bool:
    """Whether another paid period of the same offer follows."""
    later = select(S.id).where(S.user_id == row.user_id, S.offer_id == row.offer_id, S.starts_at >= row.ends_at)
    return session().scalar(later.limit(1)) is not None


def _conditions(which: SubscriptionFilter) -> Iterator[ColumnElement[bool]]:
    if which.user_id is not None:
        yield S.user_id == which.user_id
    if which.expiring_in_days is not None:
        yield S.state == "active"
        yield S.ends_at > _NOW
        yield S.ends_at <= _NOW + timedelta(days=which.expiring_in_days)
