"""Transactions and subscriptions as JSON, each with the offer as it was."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core import jsons
from app.core.api import json_response, linked, page_body
from app.core.pagination import Page
from app.core.schemas import Schema
from app.core.sparse import shown
from app.offers.queries import activations
from app.offers.schemas import TransactionOut


def with_offer(row: Any) -> dict[str, Any]:
    """A row with its offer as a part of its own."""
    return {**row._asdict(), "offer": row}


def page_answer(page: Page, schema: Schema) -> Response:
    """A page of rows that have an offer."""
    rows = Page([with_offer(row) for row in page.rows], page.next_cursor)
    return linked(json_response(page_body(rows, schema)), page.next_cursor)


def answer(transaction_id: UUID, *, user_id: int | None = None, schema: Schema | None = None) -> Response:
    """The present state of a transaction."""
    row = activations.activation(transaction_id, user_id=user_id)
    return json_response(jsons.dump((schema or shown(TransactionOut, None)).dump(with_offer(row))))
