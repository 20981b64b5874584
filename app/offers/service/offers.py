"""Offers are made, changed and deleted; each change is audited. What was activated keeps the words of its moment."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import func

from app.audit import service as audit
from app.core import db, versions
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
    old, new = versions.apply(offer, changes)
    if not new:
        return offer
    offer.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    db.session().refresh(offer)
    audit.record("offer.updated", object_type="offer", object_id=offer.id, old=old, new=new)
    return offer


def delete_offer(*, offer_id: int, expected: Collection[int] | None = None) -> None:
    """Remove an offer that nobody ever activated."""
    offer = _locked(offer_id, expected)
    refuse_if_used(Offer, offer.id)
    old = {name: getattr(offer, name) for name in FACTS}
    db.session().delete(offer)
    db.flush()
    audit.record("offer.deleted", object_type="offer", object_id=offer_id, old=old)


def _locked(offer_id: int, expected: Collection[int] | None) -> Offer:
    offer = db.session().get(Offer, offer_id, with_for_update=True)
    if offer is None:
        raise OfferNotFound(offer_id=offer_id)
    versions.refuse_stale(offer, expected)
    return offer
