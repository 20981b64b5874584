"""How much there is of a product is changed by operators; each change leaves a movement and an audit entry."""

from typing import Any

from sqlalchemy import Row, text

from app.audit import service as audit
from app.core import db

_ADJUST = text("SELECT * FROM inventory_adjust(:product_id, :delta, :set_to, :expected, :kind, :cause, :reason, :who)")


def adjust(
    *, product_id: int, reason: str, delta: int | None = None, set_to: int | None = None, expected: int | None = None
) -> Row[Any]:
    """Change the total by `delta`, or to `set_to` if it still is `expected`; the answer is the new counters."""
    return _adjust(product_id, "adjusted", reason, delta=delta, set_to=set_to, expected=expected)


def move(*, product_id: int, delta: int, kind: str, reason: str) -> Row[Any]:
    """Change the total for another cause than an operator's adjustment."""
    return _adjust(product_id, kind, reason, delta=delta)


def _adjust(
    product_id: int,
    kind: str,
    reason: str,
    *,
    delta: int | None = None,
    set_to: int | None = None,
    expected: int | None = None,
) -> Row[Any]:
    asked = {"product_id": product_id, "delta": delta, "set_to": set_to, "expected": expected}
    why = {"kind": kind, "cause": kind, "reason": reason, "who": audit.surroundings()}
    return db.session().execute(_ADJUST, asked | why).one()
