"""Units of orders that are undone come back: to their promo while it lasts, else to the shelf; each one once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db

_LOCK = text("SELECT promos_lock(CAST(:ids AS uuid[]))")
_TAKE_BACK = text("SELECT promos_take_back(CAST(:ids AS uuid[]), :who)")


def lock(order_ids: Sequence[UUID]) -> None:
    """Take the counters of the promos of these orders, before their products' are taken."""
    db.session().execute(_LOCK, {"ids": list(order_ids)})


def take_back(order_ids: Sequence[UUID]) -> None:
    """Take back what these orders had of promos."""
    db.session().execute(_TAKE_BACK, {"ids": list(order_ids), "who": audit.surroundings()})
