"""Offers are made, changed and deleted; each change is audited. What was activated keeps the words of its moment."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.audit import service as audit
from app.core import db, versions
from app.core.bulk import Outcome
from app.core.references import refuse_if_used
from app.offers.errors import OfferNotFound
from app.offers.models import Offer

FACTS = ("name", "description", "price", "duration_days", "is_active")


def create_offer(
    *, name: str, price: Decimal, duration_days: int, description: str = "", is_active: bool = True
) -> Offer:
    """Make an offer."""
    facts = {"name": name, "description": description, "price": price, "duration_days": duration_days}
    facts["is_active"] = is_active
    offer = Offer(**facts)
    db.session().add(offer)
    db.flush()
    audit.record("offer.created", object_type="offer", object_id=offer.id, new=facts)
    return offer


def update_offer(*, offer_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> Offer:
    """Change what differs; nothing differs: nothing happens."""
    offer = _locked(offer_id, expected)
    _apply(offer, changes)
    return offer


def switch_offers(*, ids: Collection[int], is_active: bool) -> Outcome:
    """Show offers to customers, or hide them; those that are so already are left as they are."""
    mine = select(Offer).where(Offer.id.in_(ids)).order_by(Offer.id).with_for_update()
    there = db.session().scalars(mine.execution_options(populate_existing=True)).all()
    switched = [offer for offer in there if offer.is_active is not is_active]
    for offer in switched:
        _apply(offer, {"is_active": is_active})
    already = f"{'active' if is_active else 'inactive'} already"
    return Outcome(len(switched), {already: len(there) - len(switched), "gone": len(ids) - len(there)})


def delete_offer(*, offer_id: int, expected: Collection[int] | None = None) -> None:
    """Remove an offer that nobody ever activated."""
    offer = _locked(offer_id, expected)
    refuse_if_used(Offer, offer.id)
    old = {name: getattr(offer, name) for name in FACTS}
    db.session().delete(offer)
    db.flush()
    audit.record("offer.deleted", object_type="offer", object_id=offer_id, old=old)


def _apply(offer: Offer, changes: dict[str, Any]) -> None:
    old, new = versions.apply(offer, changes)
    if not new:
        return
    offer.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    db.session().refresh(offer)
    audit.record("offer.updated", object_type="offer", object_id=offer.id, old=old, new=new)


def _locked(offer_id: int, expected: Collection[int] | None) -> Offer:
    offer = db.session().get(Offer, offer_id, with_for_update=True)
    if offer is None:
        raise OfferNotFound(offer_id=offer_id)
    versions.refuse_stale(offer, expected)
    return offer
