"""Promos are drafted, changed, copied and put away.

Data: `promos`, `promo_segments`, and from the activation on a row of `promo_stock`. One transaction a verb. Lock order:
the promo's row, its counter row, the product's. Whoever changes the window, the state or the quantity of an activated
promo holds its counter row from before the status is read until the commit, so that nothing is held, sold or drained
by an older idea of it (sql/promos.sql).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text

from app.audit import service as audit
from app.core import db, versions
from app.core.clock import rfc3339
from app.core.errors import ValidationFailed
from app.inventory import queries as inventory
from app.promos import queries, rules
from app.promos.errors import PriceNotBelow, PromoActive, PromoNotEditable, PromoNotFound, WindowOver
from app.promos.models import Promo, PromoSegment, PromoStock
from app.stores import queries as stores

_ALLOT = text("SELECT promos_allot(:promo_id, :product_id, :quantity, :who)")
_EXPIRE = text("""
    SELECT promos_end_holds(ARRAY(
        SELECT id FROM promo_holds WHERE promo_id = :promo_id AND state = 'held' AND expires_at <= clock_timestamp()
    ), 'expired', :who)
""")


def draft_promo(*, segment_ids: Collection[int] = (), **facts: Any) -> Promo:
    """Plan a promo; nothing is sold before it is activated."""
    promo = Promo(**rules.to_the_millisecond(facts))
    _refuse_unsound(promo, segment_ids)
    product = inventory.product(promo.product_id, inactive_too=True)
    _refuse_dear(promo, product)
    db.session().add(promo)
    db.flush()
    _name_segments(promo.id, segment_ids)
    new = {name: getattr(promo, name) for name in rules.FACTS if name != "segment_ids"}
    audit.record("promo.created", object_type="promo", object_id=promo.id, new=new | {"segment_ids": [*segment_ids]})
    return promo


def update_promo(*, promo_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> Promo:
    """Change what differs, as far as the status allows it; nothing differs: nothing happens."""
    promo, row = locked(promo_id, expected)
    named = sorted(set(changes.pop("segment_ids", row.segment_ids)))
    if changes.get("audience", promo.audience) == "all" and "audience" in changes:
        named = []
    old, new = versions.apply(promo, rules.to_the_millisecond(changes))
    if named != list(row.segment_ids):
        old["segment_ids"], new["segment_ids"] = list(row.segment_ids), named
        promo.version += 0 if len(new) > 1 else 1
    if not new:
        return promo
    _refuse_fixed(row, new)
    _refuse_unsound(promo, named)
    product = inventory.product(promo.product_id, inactive_too=True)
    if "promo_price" in new or "product_id" in new:
        _refuse_dear(promo, product)
    if promo.activated_at is not None:
        for name, value in reach_of(promo, product).items():
            setattr(promo, name, value)
    promo.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    if "segment_ids" in new:
        db.session().execute(delete(PromoSegment).where(PromoSegment.promo_id == promo_id))
        _name_segments(promo_id, named)
    if "quantity" in new and promo.activated_at is not None:
        _allot(promo)
    audit.record("promo.updated", object_type="promo", object_id=promo_id, old=old, new=new)
    return promo


def duplicate_promo(*, promo_id: int, starts_at: datetime | None = None, ends_at: datetime | None = None) -> Promo:
    """Draft the same promo once more: at the named times, or in the next week at the same time."""
    row = queries.promo(promo_id)
    if starts_at is None or ends_at is None:
        starts_at, ends_at = rules.next_week(row.starts_at, row.ends_at, now=row.server_time, zone=row.timezone)
    facts = {name: getattr(row, name) for name in rules.FACTS}
    return draft_promo(**facts | {"starts_at": starts_at, "ends_at": ends_at})


def remove_promo(*, promo_id: int, expected: Collection[int] | None = None) -> None:
    """Delete a draft; put away what has a history once it is over."""
    promo, row = locked(promo_id, expected)
    if row.status not in {"draft", "ended"}:
        raise PromoActive(promo_id=promo_id, promo_status=row.status)
    if row.status == "ended":
        promo.archived_at = func.clock_timestamp()  # the database's clock
        promo.version += 1
        audit.record("promo.archived", object_type="promo", object_id=promo_id)
        return
    db.session().delete(promo)
    db.flush()
    old = {name: getattr(row, name) for name in rules.FACTS}
    audit.record("promo.deleted", object_type="promo", object_id=promo_id, old=old)


def locked(promo_id: int, expected: Collection[int] | None = None) -> tuple[Promo, Any]:
    """The promo, which nobody else changes meanwhile, and what it is at this moment."""
    promo = db.session().get(Promo, promo_id, with_for_update={"key_share": True}, populate_existing=True)
    if promo is None or promo.archived_at is not None:
        raise PromoNotFound(promo_id=promo_id)
    versions.refuse_stale(promo, expected)
    if promo.activated_at is not None:
        db.session().execute(select(PromoStock.promo_id).where(PromoStock.promo_id == promo_id).with_for_update())
    return promo, queries.promo(promo_id)


def reach_of(promo: Promo, product: Any) -> dict[str, float]:
    """The box in which the buyers of a promo may be."""
    place = stores.store(product.store_id, inactive_too=True)
    return rules.reach(latitude=place.latitude, longitude=place.longitude, max_distance_km=promo.max_distance_km)


def refuse_over(promo: Promo) -> None:
    """A promo that is over already sells nothing."""
    now = db.session().scalar(select(func.clock_timestamp()))
    if now is not None and promo.ends_at <= now:
        raise WindowOver(ends_at=rfc3339(promo.ends_at), server_time=rfc3339(now))


def _allot(promo: Promo) -> None:
    """Holds that have lapsed do not count any more."""
    who = {"promo_id": promo.id, "who": audit.surroundings()}
    db.session().execute(_EXPIRE, who)
    db.session().execute(_ALLOT, who | {"product_id": promo.product_id, "quantity": promo.quantity})


def _refuse_unsound(promo: Promo, segment_ids: Collection[int]) -> None:
    found = rules.faults(
        starts_at=promo.starts_at, ends_at=promo.ends_at, audience=promo.audience, segment_ids=segment_ids
    )
    if found:
        raise ValidationFailed(found)
    refuse_over(promo)


def _refuse_dear(promo: Promo, product: Any) -> None:
    if promo.promo_price >= product.price:
        raise PriceNotBelow(price=str(product.price), promo_price=str(promo.promo_price))


def _refuse_fixed(row: Any, new: Collection[str]) -> None:
    editable = rules.editable(status=row.status, begun=row.starts_at <= row.server_time)
    if fixed := sorted(set(new) - set(editable)):
        raise PromoNotEditable(promo_status=row.status, fields=", ".join(fixed), editable=list(editable))


def _name_segments(promo_id: int, segment_ids: Collection[int]) -> None:
    if segment_ids:
        queries.known_segments(segment_ids)
        rows = [{"promo_id": promo_id, "segment_id": segment_id} for segment_id in sorted(set(segment_ids))]
        db.session().execute(insert(PromoSegment), rows)
