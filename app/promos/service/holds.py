"""A unit of a promo is held for a buyer for a minute, bought, or free again.

Each verb is one SQL function (sql/holds.sql) and one transaction. Whoever comes too late leaves on a read without a
lock; whoever may have a unit inserts the hold and changes the counter row last. A hold ends once: completion, release
and expiry all take its row and look at the clock then. Nobody has to notice a lapsed hold: the next buyer ends it in
passing, and a sweep does it where nobody asks. Segments are asked only for a promo that has them, between two calls;
the second one decides everything else anew. Lock order: the customer's gate, holds, promo counters, shelf counters.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.core.bulk import Outcome
from app.core.errors import AppError
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.customers.queries import audience
from app.orders import queries as orders
from app.orders.service import placing
from app.promos import measures, queries
from app.promos.errors import PromoNotFound, SoldOut
from app.promos.queries import PromoHoldFilter
from app.promos.service import refusals, sold_out

SWEPT_AT_ONCE = 2000

_HOLD = Prepared(
    text(
        "SELECT *, state AS status, clock_timestamp() AS server_time"
        " FROM promos_hold(:id, :user_id, :promo_id, :member, :seconds, :after, :pause, :who)"
    )
)
_COMPLETE = Prepared(text("SELECT promos_complete(:hold_id, :user_id, :id, :reference, :currency, :pay_seconds, :who)"))
_RELEASE = Prepared(text("SELECT promos_release(:id, :user_id, :who)"))
_RELEASE_MANY = text("SELECT promos_end_holds(CAST(:ids AS uuid[]), 'released', :who)")
_EXPIRE = text("""
    SELECT promos_end_holds(ARRAY(
        SELECT id FROM promo_holds WHERE state = 'held' AND expires_at <= clock_timestamp()
        ORDER BY expires_at LIMIT :most
    ), 'expired', :who)
""")


def reserve(*, user_id: int, promo_id: int, settings: Settings) -> Any:
    """Hold one unit for a customer; refusals are counted."""
    try:
        sold_out.refuse(promo_id=promo_id, user_id=user_id)
        made = _asked(user_id, promo_id, settings)
    except AppError as refusal:
        _count(refusal, promo_id)
        raise
    measures.RESERVATIONS.labels("held").inc()
    return made


def complete(*, hold_id: UUID, user_id: int | None, settings: Settings) -> Any:
    """Buy what is held; the order as a row, the same one when asked again."""
    asked = {"hold_id": hold_id, "user_id": user_id, **placing.new_names(), "currency": settings.currency}
    asked |= {"pay_seconds": settings.promo_pay_minutes * 60, "who": audit.surroundings()}
    with placing.creation("promo") as tried, db.refusing():
        order = orders.order(_COMPLETE.scalar(**asked))
        tried.again = order.id != asked["id"]
    if not tried.again:
        measures.RESERVATIONS.labels("completed").inc()
        placing.worth("unpaid", order.total)
    return order


def release(*, hold_id: UUID, user_id: int | None) -> None:
    """Give a hold back; `user_id` names whose it must be."""
    _RELEASE.one(id=hold_id, user_id=user_id, who=audit.surroundings())


def release_many(*, ids: Collection[UUID]) -> Outcome:
    """Give back the live ones among these promo reservations."""
    states = queries.hold_states(ids)
    live = [hold_id for hold_id, state in states.items() if state == "held"]
    released = _released(live)
    ended = Counter(f"{state} already" for state in sorted(states.values()) if state != "held")
    return Outcome(released, ended | {"ended meanwhile": len(live) - released})


def release_all(*, user_id: int) -> None:
    """Give back every live hold of a customer."""
    _released(queries.live_holds(PromoHoldFilter(user_id=user_id)))


def expire_due() -> int:
    """Free what lapsed holds still hold, the oldest first."""
    expired = db.session().scalar(_EXPIRE, {"most": SWEPT_AT_ONCE, "who": audit.surroundings()}) or 0
    db.after_commit(lambda: measures.RESERVATIONS.labels("expired").inc(expired))
    return expired


def _asked(user_id: int, promo_id: int, settings: Settings) -> Any:
    """What the database says; only from there is it known that a promo is sold out."""
    try:
        with db.refusing():
            return _held(user_id, promo_id, settings)
    except SoldOut as refusal:
        if db.standing_alone():
            sold_out.note(promo_id=promo_id, sold=refusal.figures["sold"])
        raise


def _held(user_id: int, promo_id: int, settings: Settings) -> Any:
    asked = {"id": uuid7(), "user_id": user_id, "promo_id": promo_id, "member": None, "who": audit.surroundings()}
    limits = {"after": settings.cooldown_after, "pause": settings.cooldown_seconds}
    asked |= limits | {"seconds": settings.promo_hold_seconds}
    made = _HOLD.first(**asked)
    if made is None:
        asked["member"] = audience.matches(user_id, queries.segment_ids(promo_id))
        made = _HOLD.one(**asked)
    return made


def _count(refusal: AppError, promo_id: int) -> None:
    measures.RESERVATIONS.labels(refusal.code).inc()
    if not isinstance(refusal, PromoNotFound) and refusal.status < 500:
        refusals.count(promo_id, refusal.code)


def _released(ids: Collection[UUID]) -> int:
    return db.session().scalar(_RELEASE_MANY, {"ids": list(ids), "who": audit.surroundings()}) or 0
