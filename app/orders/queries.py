"""Every SELECT about orders: whatever the filter, a page is read along one index, and a fixed number of statements."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Integer, Select, any_, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from app.core import clock
from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged
from app.core.prepared import Prepared
from app.identity.models import User
from app.orders.errors import OrderNotFound
from app.orders.models import DailyReport, Order, OrderEvent, OrderItem, OrderNote
from app.orders.rules import STATUSES, STATUSES_WITH

ORDERS, ITEMS, EVENTS = Order.__table__.c, OrderItem.__table__.c, OrderEvent.__table__.c
NOTES, USERS = OrderNote.__table__.c, User.__table__.c
_BY_TIME, _BY_TOTAL = (ORDERS.created_at, ORDERS.id), (ORDERS.total, ORDERS.id)
ORDERINGS = {
    "newest": Ordering("orders:newest", _BY_TIME, ("created_at", "id"), descending=True),
    "oldest": Ordering("orders:oldest", _BY_TIME, ("created_at", "id")),
    "highest": Ordering("orders:highest", _BY_TOTAL, ("total", "id"), descending=True),
    "lowest": Ordering("orders:lowest", _BY_TOTAL, ("total", "id")),
}
_ROWS = select(*ORDERS)
_FACTS = [column for column in ORDERS if column is not ORDERS.lines]
_WITH_CUSTOMER = select(*_FACTS, USERS.username, USERS.email, USERS.first_name, USERS.last_name).join(
    User, USERS.id == ORDERS.user_id
)
# What every customer asks for after ordering; whoever filters or reads on asks for something of their own.
_OWN = {
    name: Prepared(
        _ROWS.where(ORDERS.user_id == bindparam("user_id"))
        .order_by(*(column.desc() if order.descending else column.asc() for column in order.columns))
        .limit(bindparam("most", type_=Integer))
    )
    for name, order in ORDERINGS.items()
}


@dataclass(frozen=True)
class OrderFilter:
    """Which orders are meant; the days are business days, both included."""

    user_id: int | None = None
    status: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_total: Decimal | None = None
    max_total: Decimal | None = None
    q: str | None = None
    payment_status: str | None = None
    user_ids: tuple[int, ...] | None = None
    ids: tuple[UUID, ...] | None = None
    since: datetime | None = None


def order(order_id: UUID, *, user_id: int | None = None) -> Any:
    """One order as a row; `user_id` names whose it must be."""
    wanted = _ROWS.where(ORDERS.id == order_id)
    row = session().execute(wanted if user_id is None else wanted.where(ORDERS.user_id == user_id)).first()
    if row is None:
        raise OrderNotFound(order_id=order_id)
    return row


def is_payable(order_id: UUID) -> bool:
    """Whether an order waits for its payment, and has time left for it."""
    waiting = select(ORDERS.id).where(ORDERS.id == order_id, ORDERS.status == "PENDING")
    return session().scalar(waiting.where(ORDERS.pay_by > func.clock_timestamp())) is not None


def orders_of(references: Collection[str]) -> Sequence[Any]:
    """The orders with these references, as rows."""
    return session().execute(_ROWS.where(ORDERS.reference.in_(references)).order_by(ORDERS.id)).all()


def page(which: OrderFilter, *, zone: str, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of orders."""
    chosen = ORDERINGS[ordering]
    if cursor is None and which.user_id is not None and which == OrderFilter(user_id=which.user_id):
        return page_of(_OWN[ordering].all(user_id=which.user_id, most=limit + 1), chosen, limit)
    rows = session().execute(paged(_ROWS.where(*_conditions(which, zone)), chosen, limit=limit, cursor=cursor)).all()
    return page_of(rows, chosen, limit)


def listing(which: OrderFilter, *, zone: str, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of orders with who placed them."""
    chosen = ORDERINGS[ordering]
    found = paged(_WITH_CUSTOMER.where(*_conditions(which, zone)), chosen, limit=limit, cursor=cursor)
    return page_of(session().execute(found).all(), chosen, limit)


def everything(which: OrderFilter, *, zone: str, ordering: str) -> Iterator[Any]:
    """All orders of a filter, for an export."""
    place: dict[str, Any] = {"zone": zone, "ordering": ordering}
    return all_of(lambda limit, cursor: listing(which, limit=limit, cursor=cursor, **place))


def referred(beginning: str, *, most: int) -> Sequence[Any]:
    """Some orders whose reference begins so, with who placed them."""
    found = _WITH_CUSTOMER.where(ORDERS.reference.startswith(beginning, autoescape=True))
    return session().execute(found.order_by(ORDERS.reference).limit(most)).all()


def with_customer(order_id: UUID) -> Any:
    """One order with who placed it."""
    row = session().execute(_WITH_CUSTOMER.where(ORDERS.id == order_id)).first()
    if row is None:
        raise OrderNotFound(order_id=order_id)
    return row


def counts(which: OrderFilter, *, zone: str) -> dict[str, int]:
    """How many there are of each status, each counted to 10,000 at most; a status in the filter narrows nothing."""
    each = (replace(which, status=status) for status in STATUSES)
    found = [_counted(one, zone).scalar_subquery() for one in each]
    return dict(zip(STATUSES, session().execute(select(*found)).one(), strict=True))


def matching(which: OrderFilter, *, zone: str, limit: int) -> Sequence[UUID]:
    """The ids of the orders of a filter, the oldest first."""
    found = select(ORDERS.id).where(*_conditions(which, zone)).order_by(*_BY_TIME)
    return session().scalars(found.limit(limit)).all()


def references_of(order_ids: Collection[UUID]) -> Sequence[str]:
    """The references of these orders."""
    return session().scalars(select(ORDERS.reference).where(ORDERS.id.in_(order_ids))).all()


def now() -> datetime:
    """The moment it is, by the database's clock."""
    moment: datetime = session().scalar(select(func.clock_timestamp()))  # type: ignore[assignment]  # never NULL
    return moment


def count(which: OrderFilter, *, zone: str, most: int | None = COUNTED_TO) -> int:
    """How many there are, counted to 10,000 at most; `most=None` is all of them."""
    return session().scalar(_counted(which, zone, most)) or 0


def _counted(which: OrderFilter, zone: str, most: int | None = COUNTED_TO) -> Select[int]:
    """Counted in an order that an index has: a scan for the first 10,000 goes on to the end where there are fewer."""
    return counted(select(ORDERS.id).where(*_conditions(which, zone)).order_by(*_BY_TIME), most)


def items_of(order_id: UUID) -> Sequence[Any]:
    """The lines of an order."""
    return session().execute(select(*ITEMS).where(ITEMS.order_id == order_id).order_by(ITEMS.product_id)).all()


def history(order_id: UUID) -> Sequence[Any]:
    """The steps of an order, the first one first."""
    return session().execute(select(*EVENTS).where(EVENTS.order_id == order_id).order_by(EVENTS.step)).all()


def notes(order_id: UUID) -> Sequence[Any]:
    """What operators noted on an order, the oldest first."""
    return session().execute(select(*NOTES).where(NOTES.order_id == order_id).order_by(NOTES.id)).all()


def addressee(order_id: UUID) -> Any:
    """An order and the name and address of who placed it."""
    whose = select(*ORDERS, USERS.email, USERS.username, USERS.first_name).join(User, USERS.id == ORDERS.user_id)
    return session().execute(whose.where(ORDERS.id == order_id)).one()


def pending() -> int:
    """How many orders wait for their payment."""
    return session().scalar(select(func.count()).where(ORDERS.status == "PENDING")) or 0


def business_day(zone: str) -> date:
    """The day it is in a zone, by the database's clock."""
    day: date = session().scalar(select(cast(func.timezone(zone, func.clock_timestamp()), Date)))  # type: ignore[assignment]  # never NULL
    return day


def report(day: date) -> Any:
    """The report of a day that is kept, if there is one."""
    return session().get(DailyReport, day)


def sums_of(day: date, zone: str) -> Any:
    """How many orders were paid on a day, for how much, how much of it went back, and how many units they had."""
    units = select(func.sum(ITEMS.quantity)).join(Order, ORDERS.id == ITEMS.order_id).where(*_paid_on(day, zone))
    sums = select(
        func.count().label("orders"),
        func.coalesce(func.sum(ORDERS.total), 0).label("revenue"),
        func.coalesce(func.sum(ORDERS.refunded), 0).label("refunds"),
        func.coalesce(units.scalar_subquery(), 0).label("units"),
    )
    return session().execute(sums.where(*_paid_on(day, zone))).one()


def best_of(day: date, zone: str, *, most: int = 10) -> Sequence[Any]:
    """The products of which most was paid for on a day."""
    revenue = func.sum(ITEMS.subtotal)
    best = select(
        ITEMS.product_id, func.max(ITEMS.name).label("name"), func.sum(ITEMS.quantity).label("quantity"),
        revenue.label("revenue"),
    ).join(Order, ORDERS.id == ITEMS.order_id)  # fmt: skip
    chosen = best.where(*_paid_on(day, zone)).group_by(ITEMS.product_id).order_by(revenue.desc(), ITEMS.product_id)
    return session().execute(chosen.limit(most)).all()


def _paid_on(day: date, zone: str) -> tuple[ColumnElement[bool], ...]:
    begins, ends = clock.beginning(day, zone), clock.beginning(day + timedelta(days=1), zone)
    return ORDERS.paid_at >= begins, ORDERS.paid_at < ends


def _conditions(which: OrderFilter, zone: str) -> Iterator[ColumnElement[bool]]:
    return (_MEANS[name](value, zone) for name, value in asdict(which).items() if value is not None)


_MEANS: dict[str, Callable[[Any, str], ColumnElement[bool]]] = {
    "user_id": lambda value, _: ORDERS.user_id == value,
    "user_ids": lambda value, _: ORDERS.user_id == any_(literal(list(value), ARRAY(BigInteger))),
    "ids": lambda value, _: ORDERS.id.in_(value),
    "status": lambda value, _: ORDERS.status == value,
    # The statuses say no more than the state of the payment does; they have an index.
    "payment_status": lambda value, _: (ORDERS.payment_status == value) & ORDERS.status.in_(STATUSES_WITH[value]),
    "since": lambda value, _: ORDERS.created_at > value,
    "start_date": lambda value, zone: ORDERS.created_at >= clock.beginning(value, zone),
    "end_date": lambda value, zone: ORDERS.created_at < clock.beginning(value + timedelta(days=1), zone),
    "min_total": lambda value, _: ORDERS.total >= value,
    "max_total": lambda value, _: ORDERS.total <= value,
    "q": lambda value, _: ORDERS.reference.startswith(value.upper(), autoescape=True),
}
