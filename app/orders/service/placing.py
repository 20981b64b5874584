"""An order is placed by one SQL function: its lines, its first step, what is asked for it, and its units, last."""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.core import db, jsons
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.orders import measures

_LIMITS = ":currency, :pay_seconds, :most_unpaid, :per_minute, :who"
_PLACE = Prepared(text(f"SELECT (made).* FROM orders_place(:id, :reference, :user_id, :lines, {_LIMITS})"))  # noqa: S608 - a constant
_PLACE_HELD = Prepared(
    text(f"SELECT (made).* FROM orders_place_held(:id, :reference, :user_id, :holds, {_LIMITS})")  # noqa: S608 - a constant
)


creation, worth = measures.creation, measures.worth


def place(*, user_id: int, items: Iterable[dict[str, int]], settings: Settings) -> Any:
    """Order products; a product that is named twice is one line."""
    units: Counter[int] = Counter()
    for item in items:
        units[item["product_id"]] += item["quantity"]
    lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in units.items()]
    return _placed(_PLACE, user_id, settings, lines=jsons.dump(lines).decode())


def place_held(*, user_id: int, reservation_ids: Collection[UUID], settings: Settings) -> Any:
    """Order what these reservations hold: all of them, or none."""
    return _placed(_PLACE_HELD, user_id, settings, holds=sorted(set(reservation_ids)))


def _placed(statement: Prepared, user_id: int, settings: Settings, **what: Any) -> Any:
    limits = {
        "user_id": user_id,
        "currency": settings.currency,
        "pay_seconds": settings.order_pay_minutes * 60,
        "most_unpaid": settings.unpaid_orders,
        "per_minute": settings.orders_per_minute,
    }
    with measures.creation("shelf"), db.refusing():
        made = statement.one(**new_names(), **limits, **what, who=audit.surroundings())
    measures.worth("unpaid", made.total)
    return made


def new_names() -> dict[str, Any]:
    """The id and the reference of an order that is about to be."""
    return {"id": uuid7(), "reference": f"ORD-{secrets.token_hex(6).upper()}"}
