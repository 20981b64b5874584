"""What an operator does in the sale room: relative changes that hold only for what the page had shown.

Each verb is one transaction of the promos' own services, under their rules and their audit. What was seen is compared
while the promo's row is locked, so of two who add five minutes to the same end, one is told what the other did. Dying
before the commit changes nothing; sent twice, the second one finds another end or quantity than it had seen.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.console.errors import AlreadySo, ChangedMeanwhile, NotConfirmed
from app.console.rules import on_the_clock, same_name
from app.promos import queries as promos
from app.promos.errors import PromoIllegalTransition, PromoReservationNotFound, QuantityInUse
from app.promos.queries import PromoHoldFilter
from app.promos.service import holds, lifecycle, planning


def pause(*, promo_id: int) -> None:
    """Hold no more units; one that is paused already says since when."""
    try:
        lifecycle.pause(promo_id=promo_id)
    except PromoIllegalTransition as refusal:
        row = promos.promo(promo_id)
        if row.paused_at is None or row.status != "paused":
            raise
        since = f"{on_the_clock(row.paused_at, row.timezone)} {row.timezone}"
        raise AlreadySo(promo_status="paused", since=since) from refusal


def resume(*, promo_id: int) -> None:
    """Go on with what was paused."""
    lifecycle.resume(promo_id=promo_id)


def extend(*, promo_id: int, minutes: int, seen: datetime) -> datetime:
    """Let a promo end so much later than the caller saw; its new end."""
    promo, row = planning.locked(promo_id)
    if promo.ends_at != seen:
        zone = row.timezone
        was, now = on_the_clock(seen, zone), on_the_clock(promo.ends_at, zone)
        raise ChangedMeanwhile(what=f"The end, in {zone}", seen=was, current=now)
    ends_at = promo.ends_at + timedelta(minutes=minutes)
    planning.update_promo(promo_id=promo_id, changes={"ends_at": ends_at})
    return ends_at


def change_units(*, promo_id: int, more: int, seen: int) -> int:
    """Give a promo so many units more, or fewer, than the caller saw; how many it has now."""
    promo, row = planning.locked(promo_id)
    if promo.quantity != seen:
        raise ChangedMeanwhile(what="Units in all", seen=seen, current=promo.quantity)
    quantity = promo.quantity + more
    if quantity < 1:
        raise QuantityInUse(quantity=quantity, held=row.held, sold=row.sold)
    planning.update_promo(promo_id=promo_id, changes={"quantity": quantity})
    return quantity


def release(*, promo_id: int, hold_id: UUID) -> None:
    """Give back a unit that somebody holds of this promo."""
    if not promos.hold_states([hold_id], PromoHoldFilter(promo_id=promo_id)):
        raise PromoReservationNotFound(reservation_id=hold_id)
    holds.release(hold_id=hold_id, user_id=None)


def end(*, promo_id: int, typed: str) -> Any:
    """End a promo for good, for somebody who typed its name."""
    row = promos.promo(promo_id)
    if not same_name(typed, row.product_name):
        raise NotConfirmed(name=row.product_name)
    lifecycle.end(promo_id=promo_id)
    return row
