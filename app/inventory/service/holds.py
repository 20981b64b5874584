"""Units are held for a customer for ten minutes, released, or freed when the time is over.

Each verb is one SQL function (sql/holds.sql) and one transaction. The hold's row is its own history; nothing is queued
and no job is needed for a lapsed hold to be free: the next buyer of the product ends it in passing, and a sweep does it
for products that nobody asks for. Of the two, whoever locks the row first does it, once (SKIP LOCKED). Lock order: the
customer's gate (an advisory lock that counts open holds), holds, counter rows by id. Crash before the commit: nothing
happened; after: everything did.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.bulk import Outcome
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.inventory import queries
from app.inventory.queries import HoldFilter

SWEPT_AT_ONCE = 2000

_RESERVE = Prepared(
    text(
        "SELECT *, state AS status, clock_timestamp() AS server_time"
        " FROM inventory_reserve(:id, :user_id, :product_id, :quantity, :seconds, :most, :who)"
    )
)
_RELEASE = Prepared(text("SELECT inventory_release(:id, :user_id, :who)"))
_RELEASE_MANY = text("SELECT inventory_end(CAST(:ids AS uuid[]), 'released', :who)")
_EXPIRE = text("""
    SELECT inventory_end(ARRAY(
        SELECT id FROM stock_holds WHERE state = 'held' AND expires_at <= clock_timestamp()
        ORDER BY expires_at LIMIT :most
    ), 'expired', :who)
""")


def reserve(*, user_id: int, product_id: int, quantity: int, settings: Settings) -> Any:
    """Hold units for a customer."""
    asked = {"id": uuid7(), "user_id": user_id, "product_id": product_id, "quantity": quantity}
    limits = {"seconds": settings.hold_seconds, "most": settings.open_holds}
    return _RESERVE.one(**asked, **limits, who=audit.surroundings())


def release(*, hold_id: UUID, user_id: int | None) -> None:
    """Give a hold back; `user_id` names whose it must be."""
    _RELEASE.one(id=hold_id, user_id=user_id, who=audit.surroundings())


def release_many(*, which: HoldFilter, ids: Collection[UUID] | None) -> Outcome:
    """Give back the live ones among the reservations that are named, or of a filter, some thousands at once."""
    states = queries.hold_states(which, ids) if ids is not None else dict.fromkeys(queries.live_holds(which), "held")
    live = [hold_id for hold_id, state in states.items() if state == "held"]
    released = db.session().scalar(_RELEASE_MANY, {"ids": live, "who": audit.surroundings()}) or 0
    ended = Counter(f"{state} already" for state in sorted(states.values()) if state != "held")
    return Outcome(released, ended | {"ended meanwhile": len(live) - released})


def release_all(*, user_id: int) -> None:
    """Give back every live hold of a customer."""
    live = queries.live_holds(HoldFilter(user_id=user_id))
    db.session().execute(_RELEASE_MANY, {"ids": list(live), "who": audit.surroundings()})


def expire_due() -> int:
    """Free what lapsed holds still hold, the oldest first."""
    return db.session().scalar(_EXPIRE, {"most": SWEPT_AT_ONCE, "who": audit.surroundings()}) or 0
