"""Every SELECT about orders: whatever the filter, a page is read along one index, and a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.core import clock
from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.identity.models import User
from app.orders.errors import OrderNotFound
from app.orders.models import DailyReport, Order, OrderEvent, OrderItem, OrderNote

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
    """One page of orders, without their lines."""
    chosen = ORDERINGS[ordering]
    rows = session().execute(paged(_ROWS.where(*_conditions(which, zone)), chosen, limit=limit, cursor=cursor)).all()
    return page_of(rows, chosen, limit)


def count(which: OrderFilter, *, zone: str) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(select(ORDERS.id).where(*_conditions(which, zone)))) or 0


def items_of(order_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The lines of these orders."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    if order_ids:
        lines = select(*ITEMS).where(ITEMS.order_id.in_(order_ids)).order_by(ITEMS.order_id, ITEMS.product_id)
        for line in session().execute(lines):
            found[line.order_id].append(line)
    return found


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


def _conditions(which: OrderFilter, zone: str) -> list[ColumnElement[bool]]:
    conditions = [
        column == value
        for column, value in ((ORDERS.user_id, which.user_id), (ORDERS.status, which.status))
        if value is not None
    ]
    if which.start_date:
        conditions.append(ORDERS.created_at >= clock.beginning(which.start_date, zone))
    if which.end_date:
        conditions.append(ORDERS.created_at < clock.beginning(which.end_date + timedelta(days=1), zone))
    if which.min_total is not None:
        conditions.append(ORDERS.total >= which.min_total)
    if which.max_total is not None:
        conditions.append(ORDERS.total <= which.max_total)
    if which.q:
        conditions.append(ORDERS.reference.startswith(which.q.upper(), autoescape=True))
    return conditions
