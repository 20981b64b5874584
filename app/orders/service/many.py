"""Many orders go one step on at once: in one transaction, set-wise, in the order of locks of all who move orders.

Only those that may go there are locked and moved. Each is looked at again under its lock, so one that somebody else
moved meanwhile is left and counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import db
from app.core.bulk import Outcome
from app.orders import queries, rules
from app.orders.models import Order
from app.orders.queries import OrderFilter
from app.orders.service import steps
from app.payments.service import captures

MOVED_AT_ONCE = 2000
CANCELLED_AT_ONCE = 200


def move(*, which: OrderFilter, ids: Collection[UUID] | None, status: str, zone: str) -> Outcome:
    """Bring the orders that are named, or all of a filter, as far as they may go there, to a status."""
    which = replace(which, ids=None if ids is None else tuple(ids))
    there = queries.counts(which, zone=zone) if which.status is None else _only(which, zone)
    sources = [before for before, allowed in rules.BY_HAND.items() if status in allowed and there.get(before)]
    most = CANCELLED_AT_ONCE if status == "CANCELLED" else MOVED_AT_ONCE
    wanted = _oldest(which, sources, zone, most)
    moved = _moved(wanted, sources, status)
    left = {f"{before.lower()}": count for before, count in there.items() if before not in sources}
    rest = sum(there[before] for before in sources) - len(wanted)
    return Outcome(len(moved), left | {"moved meanwhile": len(wanted) - len(moved), "left for another time": rest})


def _only(which: OrderFilter, zone: str) -> dict[str, int]:
    return {which.status or "": queries.count(which, zone=zone)}


def _oldest(which: OrderFilter, sources: Sequence[str], zone: str, most: int) -> list[UUID]:
    found: list[UUID] = []
    for before in sources:
        found += queries.matching(replace(which, status=before), zone=zone, limit=most - len(found))
    return found


def _moved(wanted: Sequence[UUID], sources: Sequence[str], status: str) -> Sequence[Order]:
    if status == "CANCELLED":
        captures.lock(queries.references_of(wanted))
    row = select(Order).where(Order.id.in_(wanted)).order_by(Order.id).with_for_update()
    there = db.session().scalars(row.execution_options(populate_existing=True)).all()
    legal = [order for order in there if order.status in sources]
    if legal and status == "CANCELLED":
        steps.undo(legal, cause="operator")
    elif legal:
        _advance([order.id for order in legal], status)
    return legal


def _advance(ids: list[UUID], status: str) -> None:
    moved = {"status": status, "steps": Order.steps + 1, "updated_at": func.clock_timestamp()}
    db.session().execute(update(Order).where(Order.id.in_(ids)).values(moved))
    steps.write(ids, status.lower(), "operator")
    steps.ask_mail(ids, status.lower())
