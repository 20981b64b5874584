"""Activations, which customers know as transactions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Uuid, any_, bindparam, case, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged
from app.core.prepared import Prepared
from app.identity.models import User
from app.offers.errors import TransactionNotFound
from app.offers.models import Activation, Subscription
from app.offers.rules import OPEN, STATUSES

ACTIVATIONS, SUBSCRIPTIONS, USERS = Activation.__table__.c, Subscription.__table__.c, User.__table__.c
_BY_TIME = (ACTIVATIONS.created_at, ACTIVATIONS.id)
_LATEST = Ordering("activations:newest", _BY_TIME, ("created_at", "id"), descending=True)
ORDERINGS = {"newest": _LATEST, "oldest": Ordering("activations:oldest", _BY_TIME, ("created_at", "id"))}
# While it is in progress, the reason is what operators read; afterwards it is why it ended so.
_END_REASON = case((ACTIVATIONS.completed_at.is_not(None), ACTIVATIONS.reason), else_="").label("end_reason")
_ROWS = select(*ACTIVATIONS, _END_REASON)
_BY_ID = Prepared(_ROWS.where(ACTIVATIONS.id == bindparam("wanted", type_=Uuid)))
_AGE = func.extract("epoch", func.clock_timestamp() - ACTIVATIONS.created_at).label("age_seconds")
_WITH_CUSTOMER = select(*ACTIVATIONS, _AGE, USERS.username, USERS.email, USERS.first_name, USERS.last_name).join(
    User, USERS.id == ACTIVATIONS.user_id
)


@dataclass(frozen=True)
class ActivationFilter:
    """Which activations are meant; `stuck`: those that wait for an operator; `between`: the first and the last id."""

    user_id: int | None = None
    status: str | None = None
    offer_id: int | None = None
    stuck: bool | None = None
    user_ids: tuple[int, ...] | None = None
    offer_ids: tuple[int, ...] | None = None
    between: tuple[UUID, UUID] | None = None
    ids: tuple[UUID, ...] | None = None


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


def listing(which: ActivationFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of activations with whose they are."""
    chosen = ORDERINGS[ordering]
    rows = session().execute(paged(_WITH_CUSTOMER.where(*_conditions(which)), chosen, limit=limit, cursor=cursor))
    return page_of(rows.all(), chosen, limit)


def everything(which: ActivationFilter, *, ordering: str) -> Iterator[Any]:
    """All activations of a filter, for an export."""
    return all_of(lambda limit, cursor: listing(which, ordering=ordering, limit=limit, cursor=cursor))


def open_ones(which: ActivationFilter, *, limit: int) -> Sequence[UUID]:
    """The ids of those activations of a filter that have not ended, the oldest first."""
    found = select(ACTIVATIONS.id).where(*_conditions(which), ACTIVATIONS.status.in_(OPEN)).order_by(*_BY_TIME)
    return session().scalars(found.limit(limit)).all()


def count(which: ActivationFilter, *, most: int | None = COUNTED_TO) -> int:
    """How many there are, counted to 10,000 at most; `most=None` is all of them."""
    return session().scalar(_counted(which, most)) or 0


def counts(which: ActivationFilter) -> dict[str, int]:
    """How many there are of each status, each counted to 10,000 at most; a status in the filter narrows nothing."""
    found = [_counted(replace(which, status=status)).scalar_subquery() for status in STATUSES]
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


def _counted(which: ActivationFilter, most: int | None = COUNTED_TO) -> Select[int]:
    """Counted in an order that an index has, as lists of orders are."""
    return counted(select(ACTIVATIONS.id).where(*_conditions(which)).order_by(*_BY_TIME), most)


def _conditions(which: ActivationFilter) -> Iterator[ColumnElement[bool]]:
    return (_MEANS[name](value) for name, value in asdict(which).items() if value is not None)


_STUCK = ACTIVATIONS.stuck_at.is_not(None) & ACTIVATIONS.status.in_(OPEN)
_MEANS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "user_id": lambda value: ACTIVATIONS.user_id == value,
    "status": lambda value: ACTIVATIONS.status == value,
    "offer_id": lambda value: ACTIVATIONS.offer_id == value,
    "stuck": lambda value: _STUCK if value else ~_STUCK,
    "user_ids": lambda value: ACTIVATIONS.user_id == any_(literal(list(value), ARRAY(BigInteger))),
    "offer_ids": lambda value: ACTIVATIONS.offer_id == any_(literal(list(value), ARRAY(BigInteger))),
    "ids": ACTIVATIONS.id.in_,
    "between": lambda value: ACTIVATIONS.id.between(*value),
}
