"""Customers and profiles, each one row of the user and the customer together."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, any_, bindparam, case, false, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged
from app.core.roles import Role
from app.customers.errors import CustomerNotFound
from app.customers.models import Customer, Membership
from app.customers.queries import audience
from app.identity.models import User
from app.wallet import queries as wallet

C, M, U = Customer.__table__.c, Membership.__table__.c, User.__table__.c

# Ids are given in the order of joining. Whatever the order, a page is read along one index.
ORDERINGS = {
    "newest": Ordering("customers:newest", (U.id,), ("id",), descending=True),
    "oldest": Ordering("customers:oldest", (U.id,), ("id",)),
}
_SEARCHED = tuple(func.lower(column) for column in (U.username, U.email, U.first_name, U.last_name))
# Both rows only ever move their versions on, so the sum tells whether either has changed; a new customer adds nothing.
_VERSION = (U.version + func.coalesce(C.version - 1, 0)).label("version")
_WHO = (U.id, U.username, U.email, U.first_name, U.last_name, U.email_verified_at.is_not(None).label("email_verified"))
_IS_CUSTOMER = U.role == Role.CUSTOMER
_PUT_INTO = select(M.segment_id).where(M.customer_id == U.id).order_by(M.segment_id).scalar_subquery()
_OWN = (column for column in C if column.name not in {"id", "version"})
_CUSTOMERS = (
    select(*_WHO, *_OWN, _VERSION, func.array(_PUT_INTO).label("segment_ids"))
    .join(Customer, C.id == U.id)
    .where(_IS_CUSTOMER)
)
_IDS = select(U.id).join(Customer, C.id == U.id).where(_IS_CUSTOMER)
_PROFILE = select(
    *_WHO,
    U.role,
    U.created_at,
    _VERSION,
    case((_IS_CUSTOMER, C.latitude)).label("latitude"),
    case((_IS_CUSTOMER, C.longitude)).label("longitude"),
    case((_IS_CUSTOMER, C.in_app_opt_in), else_=false()).label("in_app_opt_in"),
    case((_IS_CUSTOMER, C.email_opt_in), else_=false()).label("email_opt_in"),
    case((_IS_CUSTOMER, wallet.balance_of(U.id))).label("balance"),
).outerjoin(Customer, C.id == U.id)


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers are meant."""

    q: str | None = None
    segment_id: int | None = None
    is_active: bool | None = None


def customer(customer_id: int) -> Any:
    """One customer as a row."""
    row = session().execute(_CUSTOMERS.where(U.id == customer_id)).first()
    if row is None:
        raise CustomerNotFound(customer_id=customer_id)
    return row


def refuse_unknown(customer_id: int) -> None:
    """Refuse whoever is no customer, or was deleted."""
    active = select(C.id).where(C.id == customer_id, C.is_active)
    if session().scalar(active) is None:
        raise CustomerNotFound(customer_id=customer_id)


def profile(user_id: int) -> Any:
    """What a user of any role sees of themselves; only a customer has a location and opt-ins."""
    return session().execute(_PROFILE.where(U.id == user_id)).one()


def page(which: CustomerFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of customers."""
    order = ORDERINGS[ordering]
    rows = session().execute(paged(_narrowed(_CUSTOMERS, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def some(beginning: str, *, most: int) -> Sequence[Any]:
    """Some customers whose username, address or name begins so: a few along each of the four indexes."""
    key = beginning.lower()
    each = [select(U.id).where(_IS_CUSTOMER, column.startswith(key, autoescape=True)) for column in _SEARCHED]
    few = union_all(*(select(found.limit(most).subquery().c.id) for found in each))
    found = _CUSTOMERS.where(U.id.in_(few), C.anonymised_at.is_(None))
    return session().execute(found.order_by(U.username).limit(most)).all()


def count(which: CustomerFilter, *, most: int | None = COUNTED_TO) -> int:
    """How many there are, counted to 10,000 at most; `most=None` is all of them."""
    return session().scalar(counted(_filtered(_IDS, which), most)) or 0


def everyone(which: CustomerFilter, *, ordering: str) -> Iterator[Any]:
    """All customers of a filter, for an export."""
    return all_of(lambda limit, cursor: page(which, ordering=ordering, limit=limit, cursor=cursor))


def segment_ids(customer_id: int) -> list[int]:
    """The segments that a customer was put into by hand."""
    mine = select(M.segment_id).where(M.customer_id == customer_id).order_by(M.segment_id)
    return list(session().scalars(mine))


def by_name(name: str) -> int | None:
    """The customer with this username, or with this address when it holds an @."""
    column = U.email if "@" in name else U.username
    mine = select(U.id).join(Customer, C.id == U.id).where(_IS_CUSTOMER, C.anonymised_at.is_(None))
    return session().scalar(mine.where(func.lower(column) == func.lower(name)))


def members(segment_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of those who were put into a segment by hand, the newest customers first."""
    which = select(M.customer_id).where(M.segment_id == segment_id)
    order = ORDERINGS["newest"]
    rows = session().execute(paged(_CUSTOMERS.where(C.id.in_(which)), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def present(customer_ids: Collection[int]) -> Sequence[Any]:
    """Which of these are customers who were not deleted, whom nobody changes until the commit."""
    mine = select(C.id).join(User, U.id == C.id).where(C.id.in_(customer_ids), _IS_CUSTOMER, C.anonymised_at.is_(None))
    return session().scalars(mine.order_by(C.id).with_for_update(of=Customer, key_share=True)).all()


def _narrowed(statement: Select[Any], which: CustomerFilter) -> Select[Any]:
    """The filter, or whom it finds if they are few: all of them may stand at the far end of the order."""
    if not which.q and which.segment_id is None:
        return _filtered(statement, which)
    few = session().scalars(_filtered(_IDS, which).limit(COUNTED_TO)).all()
    if len(few) == COUNTED_TO:
        return _filtered(statement, which)
    return statement.where(U.id == any_(bindparam("few", list(few), ARRAY(BigInteger))))


def _filtered(statement: Select[Any], which: CustomerFilter) -> Select[Any]:
    if which.is_active is not None:
        statement = statement.where(C.is_active == which.is_active)
    if which.segment_id is not None:
        statement = statement.where(C.is_active, audience.in_any([which.segment_id]))
    return statement.where(_begins_with(which.q.lower())) if which.q else statement


def _begins_with(text: str) -> ColumnElement[bool]:
    """Each of the four by an index, however many customers there are."""
    return or_(*(key.startswith(text, autoescape=True) for key in _SEARCHED))
