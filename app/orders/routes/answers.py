"""Orders as JSON, with their lines."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response

from app.core import jsons, money
from app.core.api import json_response
from app.core.schemas import Schema
from app.core.sparse import shown
from app.orders import queries
from app.orders.schemas import OrderOut


def with_items(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of orders with their lines."""
    items = queries.items_of([row.id for row in rows])
    return [{**row._asdict(), "items": items[row.id]} for row in rows]


def answer(order_id: UUID, *, status: int = 200, user_id: int | None = None, schema: Schema | None = None) -> Response:
    """The present state of an order."""
    [order] = with_items([queries.order(order_id, user_id=user_id)])
    return json_response(jsons.dump((schema or shown(OrderOut, None)).dump(order)), status)


def placed(row: Any) -> Response:
    """An order that was just placed; its lines came with it."""
    order = {**row._asdict(), "items": [_line(item) for item in row.items]}
    return json_response(jsons.dump(shown(OrderOut, None).dump(order)), 201)


def _line(item: dict[str, Any]) -> dict[str, Any]:
    price = money.parse_money(item["unit_price"])
    return {**item, "unit_price": price, "subtotal": money.times(price, item["quantity"])}
