"""Orders as JSON."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core import jsons
from app.core.api import json_response
from app.core.etags import tagged
from app.core.schemas import Schema
from app.core.sparse import shown
from app.orders import queries
from app.orders.schemas import OrderOut


def answer(order_id: UUID, *, status: int = 200, user_id: int | None = None, schema: Schema | None = None) -> Response:
    """The present state of an order."""
    return shown_as(queries.order(order_id, user_id=user_id), status=status, schema=schema)


def shown_as(row: Any, *, status: int, schema: Schema | None = None) -> Response:
    """The row of an order."""
    return tagged(json_response(jsons.dump((schema or shown(OrderOut, None)).dump(row)), status), row.steps)
