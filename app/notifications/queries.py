"""Every SELECT about notifications."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.notifications.errors import NotificationNotFound
from app.notifications.models import Notification

N = Notification.__table__.c
_LAST_GIVEN = text("SELECT last_value - (NOT is_called)::int FROM notifications_id_seq")
_WRITERS = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND relation = 'notifications'::regclass
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
_ARRIVED = text("""
    SELECT n.* FROM unnest(CAST(:customers AS bigint[]), CAST(:floors AS bigint[])) AS asked (customer_id, floor)
    CROSS JOIN LATERAL (
        SELECT * FROM notifications AS n
        WHERE n.customer_id = asked.customer_id AND n.id > asked.floor AND n.suppressed IS NULL AND n.in_app
        ORDER BY n.id LIMIT :most
    ) AS n
""")
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


def newest_ids(customer_id: int, *, most: int) -> list[int]:
    """The ids of the newest in an inbox, the newest first."""
    mine = select(N.id).where(*in_inbox(customer_id)).order_by(N.id.desc()).limit(most)
    return list(session().scalars(mine))


def last_given_id() -> int:
    """The highest id that was ever given, whether or not its row is visible yet."""
    return session().scalar(_LAST_GIVEN) or 0


def writers() -> set[str]:
    """The transactions that have begun to write notifications and have not ended: each holds a lock on the table."""
    return set(session().scalars(_WRITERS))


def arrived(asked: Mapping[int, int], *, most: int) -> dict[int, list[Any]]:
    """For each of these customers the first so many in the inbox above an id, the oldest first."""
    rows: dict[int, list[Any]] = {customer_id: [] for customer_id in asked}
    given = {"customers": list(asked), "floors": list(asked.values()), "most": most}
    for row in session().execute(_ARRIVED, given):
        rows[row.customer_id].append(row)
    return rows


def in_inbox(customer_id: int) -> tuple[ColumnElement[bool], ...]:
    """What a customer sees in the shop."""
    return N.customer_id == customer_id, N.suppressed.is_(None), N.in_app
