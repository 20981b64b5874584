"""Customers are put into manual segments by hand, and taken out again.

Whoever changes memberships shares the segment's row (it cannot be deleted meanwhile) and locks the customers, in the
order of their ids; a customer's version moves on with their memberships. Doing it twice changes nothing more.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.core import db
from app.core.errors import ValidationFailed
from app.customers.errors import SegmentHasRules, SegmentNotFound
from app.customers.models import Customer, Membership, Segment
from app.customers.queries import customers as queries


def add_members(*, segment_id: int, customer_ids: Sequence[int]) -> int:
    """Put customers into a manual segment; the answer is how many were not in it."""
    _manual(segment_id)
    present = set(queries.present(customer_ids))
    if missing := [place for place, customer_id in enumerate(customer_ids) if customer_id not in present]:
        raise ValidationFailed([_fault(f"/customer_ids/{place}", "customer_not_found") for place in missing])
    new = insert(Membership).values([{"segment_id": segment_id, "customer_id": each} for each in sorted(present)])
    added = db.session().scalars(new.on_conflict_do_nothing().returning(Membership.customer_id)).all()
    if added:
        _moved_on(added)
        _record("segment.members_added", segment_id, new={"customer_ids": sorted(added)})
    return len(added)


def remove_member(*, segment_id: int, customer_id: int) -> None:
    """Take a customer out of a manual segment."""
    _manual(segment_id)
    queries.present([customer_id])
    mine = (Membership.segment_id == segment_id, Membership.customer_id == customer_id)
    if db.rows_of(db.session().execute(delete(Membership).where(*mine))):
        _moved_on([customer_id])
        _record("segment.members_removed", segment_id, old={"customer_ids": [customer_id]})


def put_into(*, customer_id: int, segment_ids: Collection[int]) -> None:
    """Put a locked customer into these manual segments."""
    _refuse_unknown(list(segment_ids))
    if segment_ids:
        new = [{"segment_id": each, "customer_id": customer_id} for each in sorted(set(segment_ids))]
        db.session().execute(insert(Membership).values(new).on_conflict_do_nothing())


def replace(*, customer_id: int, segment_ids: Collection[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have a locked customer be in these manual segments and no other; the answer is how that was and how it is now."""
    before, after = queries.segment_ids(customer_id), sorted(set(segment_ids))
    put_into(customer_id=customer_id, segment_ids=segment_ids)
    if before == after:
        return {}, {}
    others = (Membership.customer_id == customer_id, Membership.segment_id.not_in(after))
    db.session().execute(delete(Membership).where(*others))
    return {"segment_ids": before}, {"segment_ids": after}


def take_out_everywhere(*, customer_id: int) -> None:
    """Take a locked customer out of every segment."""
    db.session().execute(delete(Membership).where(Membership.customer_id == customer_id))


def _manual(segment_id: int) -> None:
    mine = select(Segment.id, Segment.rules).where(Segment.id == segment_id).with_for_update(read=True, key_share=True)
    segment = db.session().execute(mine).first()
    if segment is None:
        raise SegmentNotFound(segment_id=segment_id)
    if segment.rules is not None:
        raise SegmentHasRules(segment_id=segment_id)


def _refuse_unknown(segment_ids: list[int]) -> None:
    """Raise unless all of them are manual segments; those are not deleted until the commit."""
    mine = select(Segment.id, Segment.rules).where(Segment.id.in_(segment_ids)).order_by(Segment.id)
    found = {row.id: row.rules for row in db.session().execute(mine.with_for_update(read=True, key_share=True))}
    faults = [
        _fault(f"/segment_ids/{place}", "segment_has_rules" if each in found else "segment_not_found")
        for place, each in enumerate(segment_ids)
        if each not in found or found[each] is not None
    ]
    if faults:
        raise ValidationFailed(faults)


SENTENCES = {
    "customer_not_found": "There is no such customer.",
    "segment_not_found": "There is no such segment.",
    "segment_has_rules": "The rules of this segment decide who is in it.",
}


def _fault(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": SENTENCES[code]}


def _moved_on(customer_ids: Sequence[int]) -> None:
    change = update(Customer).where(Customer.id.in_(customer_ids)).values(version=Customer.version + 1)
    db.session().execute(change, execution_options={"synchronize_session": False})


def _record(action: str, segment_id: int, **values: dict[str, Any]) -> None:
    audit.record(action, object_type="segment", object_id=segment_id, **values)
