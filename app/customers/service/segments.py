"""Segments are made, changed and deleted; each change is audited.

The stores that rules name are written beside the segment in the same transaction, with foreign keys that hold them.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, insert

from app.audit import service as audit
from app.core import db, versions
from app.core.references import refuse_if_used
from app.customers import rules as customer_rules
from app.customers.errors import SegmentKindFixed, SegmentNotFound
from app.customers.models import Segment, SegmentStore
from app.customers.queries import audience
from app.customers.rules import Rules

FACTS = ("name", "description", "rules")


def create_segment(*, name: str, description: str = "", rules: dict[str, Any] | None = None) -> Segment:
    """Make a segment: by rules, or with None one that customers are put into by hand."""
    segment = Segment(name=name, description=description, rules=rules)
    db.session().add(segment)
    db.flush()
    _hold_stores(segment.id, rules)
    new = {fact: getattr(segment, fact) for fact in FACTS}
    audit.record("segment.created", object_type="segment", object_id=segment.id, new=new)
    db.session().refresh(segment)
    return segment


def update_segment(*, segment_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> Segment:
    """Change what differs; nothing differs: nothing happens."""
    segment = _locked(segment_id, expected)
    if "rules" in changes and (changes["rules"] is None) != (segment.rules is None):
        raise SegmentKindFixed(kind=customer_rules.kind(segment.rules))
    old, new = versions.apply(segment, changes)
    if not new:
        return segment
    segment.updated_at = func.clock_timestamp()
    db.flush()
    if "rules" in new:
        db.session().execute(delete(SegmentStore).where(SegmentStore.segment_id == segment_id))
        _hold_stores(segment_id, segment.rules)
    audit.record("segment.updated", object_type="segment", object_id=segment_id, old=old, new=new)
    db.session().refresh(segment)
    return segment


def delete_segment(*, segment_id: int, expected: Collection[int] | None = None) -> None:
    """Remove a segment that nothing refers to; its members stay customers."""
    segment = _locked(segment_id, expected)
    refuse_if_used(Segment, segment_id)
    old = {fact: getattr(segment, fact) for fact in FACTS}
    db.session().delete(segment)
    db.flush()
    audit.record("segment.deleted", object_type="segment", object_id=segment_id, old=old)


def _hold_stores(segment_id: int, rules: Rules | None) -> None:
    named = sorted(audience.places(customer_rules.stores_named([rules]), locked=True))
    if named:
        rows = [{"segment_id": segment_id, "store_id": store_id} for store_id in named]
        db.session().execute(insert(SegmentStore), rows)


def _locked(segment_id: int, expected: Collection[int] | None) -> Segment:
    segment = db.session().get(Segment, segment_id, with_for_update=True)
    if segment is None:
        raise SegmentNotFound(segment_id=segment_id)
    versions.refuse_stale(segment, expected)
    return segment
