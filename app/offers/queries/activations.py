"""Activations, which customers know as transactions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.core.prepared import Prepared
from app.identity.models import User
from app.offers.errors import TransactionNotFound
from app.offers.models import Activation, Subscription
from app.offers.rules import OPEN, STATUSES

ACTIVATIONS, SUBSCRIPTIONS, USERS = Activation.__table__.c, Subscription.__table__.c, User.__table__.c
_LATEST = Ordering(
    "activations:newest", (ACTIVATIONS.created_at, ACTIVATIONS.id), ("created_at", "id"), descending=True
)
# While it is in progress, the reason is what operators read; afterwards it is why it ended so.
_END_REASON = case((ACTIVATIONS.completed_at.is_not(None), ACTIVATIONS.reason), else_="").label("end_reason")
_ROWS = select(*ACTIVATIONS, _END_REASON)
_BY_ID = Prepared(_ROWS.where(ACTIVATIONS.id == bindparam("wanted", type_=Uuid)))
_WITH_CUSTOMER = select(*ACTIVATIONS, USERS.username, USERS.email, USERS.first_name, USERS.last_name).join(
    User, USERS.id == ACTIVATIONS.user_id
)


@dataclass(frozen=True)
class ActivationFilter:
    """Which activations are meant; `stuck`: those that wait for an operator."""

    user_id: int | None = None
    status: str | None = None
    offer_id: int | None = None
    stuck: bool | None = None


def activation(transaction_id: UUID, *, user_id: int | None = None) -> Any:
    """One activation as a row; `user_id` names whose it must be."""
    row = _BY_ID.first(wanted=transaction_id)
    if row is None or user_id not in {None, row.user_id}:
        raise TransactionNotFound(transaction_id=transaction_id)
    return row


def with_customer(transaction_id: UUID) -> Any:
    """One activation with whose it is."""
    row = session().execute(_WITH_CUSTOMER.where(ACTIVATIONS.id == transaction_id)).first()
    if row is None:
        raise TransactionNotFound(transaction_id=transaction_id)
    return row


def page(which: ActivationFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of activations, the newest first."""
    rows = session().execute(paged(_ROWS.where(*_conditions(which)), _LATEST, limit=limit, cursor=cursor))
    return page_of(rows.all(), _LATEST, limit)


def listing(which: ActivationFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of activations with whose they are."""
    rows = session().execute(paged(_WITH_CUSTOMER.where(*_conditions(which)), _LATEST, limit=limit, cursor=cursor))
    return page_of(rows.all(), _LATEST, limit)


def count(which: ActivationFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(select(ACTIVATIONS.id).where(*_conditions(which)))) or 0


def counts(which: ActivationFilter) -> dict[str, int]:
    """How many there are of each status, each counted to 10,000 at most; a status in the filter narrows nothing."""
    each = (ActivationFilter(which.user_id, status, which.offer_id, which.stuck) for status in STATUSES)
    found = [counted(select(ACTIVATIONS.id).where(*_conditions(one))).scalar_subquery() for one in each]
    return dict(zip(STATUSES, session().execute(select(*found)).one(), strict=True))


def in_progress(user_id: int) -> UUID | None:
    """One of the customer's activations that have not ended, if there is one."""
    mine = select(ACTIVATIONS.id).where(ACTIVATIONS.user_id == user_id, ACTIVATIONS.status.in_(OPEN))
    return session().scalar(mine.limit(1))


def open_and_stuck() -> Any:
    """How many activations have not ended, how many of them are stuck, and how old the oldest one is in seconds."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(ACTIVATIONS.created_at))
    sums = select(
        func.count().label("open"),
        func.count(ACTIVATIONS.stuck_at).label("stuck"),
        func.coalesce(age, 0).label("oldest"),
    )
    return session().execute(sums.where(ACTIVATIONS.status.in_(OPEN))).one()


def _conditions(which: ActivationFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("user_id", "status", "offer_id"):
        if (value := getattr(which, name)) is not None:
            yield ACTIVATIONS[name] == value
    if which.stuck is not None:
        is_stuck = ACTIVATIONS.stuck_at.is_not(None) & ACTIVATIONS.status.in_(OPEN)
        yield is_stuck if which.stuck else ~is_stuck
