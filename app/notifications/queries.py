"""Every SELECT about notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.notifications.errors import NotificationNotFound
from app.notifications.models import Notification

N = Notification.__table__.c
NEWEST = Ordering("notifications:newest", (N.id,), ("id",), descending=True)


def now() -> datetime:
    """The moment it is by the database's clock."""
    moment: datetime = session().scalar(select(func.clock_timestamp()))  # type: ignore[assignment]  # never NULL
    return moment


def inbox(customer_id: int, *, unread: bool, limit: int, cursor: str | None) -> Page:
    """One page of what a customer was told in the shop, the newest first."""
    mine = select(*N).where(*in_inbox(customer_id))
    if unread:
        mine = mine.where(N.read_at.is_(None))
    return page_of(session().execute(paged(mine, NEWEST, limit=limit, cursor=cursor)).all(), NEWEST, limit)


def one(notification_id: int, *, customer_id: int) -> Any:
    """One notification in a customer's inbox."""
    row = session().execute(select(*N).where(N.id == notification_id, *in_inbox(customer_id))).first()
    if row is None:
        raise NotificationNotFound(notification_id=notification_id)
    return row


def page(customer_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of what a customer was told by any channel, or was not and why, the newest first."""
    mine = paged(select(*N).where(N.customer_id == customer_id), NEWEST, limit=limit, cursor=cursor)
    return page_of(session().execute(mine).all(), NEWEST, limit)


def in_inbox(customer_id: int) -> tuple[ColumnElement[bool], ...]:
    """What a customer sees in the shop."""
    return N.customer_id == customer_id, N.suppressed.is_(None), N.in_app
