"""`/account/transactions`: activations as the account knows them, and what operators do about one that is stuck."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.access import requires, whose
from app.core.api import Blueprint, page_schema
from app.core.errors import BadCursor, ValidationFailed
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.offers.errors import TransactionEnded, TransactionNotFound, TransactionNotStuck
from app.offers.queries import activations
from app.offers.queries.activations import ActivationFilter
from app.offers.routes.answers import answer, page_answer
from app.offers.schemas import EndingIn, TransactionOut, TransactionQuery
from app.offers.service import cases

blp = Blueprint(
    "transactions",
    __name__,
    url_prefix="/api/v1/account/transactions",
    description="Activations: what they cost and what became of them.",
)

EXAMPLE = {"note": "The partner says so on the phone."}


@blp.route("")
@blp.arguments(TransactionQuery, location="query")
@blp.response(200, page_schema(TransactionOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_transactions(query: dict[str, Any]) -> Response:
    """List transactions, the newest first: a customer's own, staff all."""
    narrowed = {name: query[name] for name in ("status", "offer_id", "stuck")}
    which = ActivationFilter(user_id=whose(query["customer_id"]), **narrowed)
    page = activations.page(which, limit=query["limit"], cursor=query["cursor"])
    return page_answer(page, shown(TransactionOut, query["fields_"]))


@blp.route("/<uuid:transaction_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, TransactionOut)
@blp.refuses(TransactionNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_transaction(query: dict[str, Any], transaction_id: UUID) -> Response:
    """Show a transaction."""
    return answer(transaction_id, user_id=whose(None), schema=shown(TransactionOut, query["fields_"]))


@blp.route("/<uuid:transaction_id>/ask", methods=["POST"])
@blp.response(200, TransactionOut)
@blp.refuses(TransactionNotFound, TransactionEnded)
@requires(Role.OPERATOR)
@idempotent
def ask_again(transaction_id: UUID) -> Response:
    """Ask the partner now what became of it."""
    cases.ask_again(transaction_id=transaction_id)
    return answer(transaction_id)


@blp.route("/<uuid:transaction_id>/settle", methods=["POST"])
@blp.arguments(EndingIn, example=EXAMPLE)
@blp.response(200, TransactionOut)
@blp.refuses(TransactionNotFound, TransactionEnded, TransactionNotStuck, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def settle_transaction(body: dict[str, Any], transaction_id: UUID) -> Response:
    """End a stuck transaction as a success, because you know that it was activated."""
    cases.settle(transaction_id=transaction_id, note=body["note"])
    return answer(transaction_id)


@blp.route("/<uuid:transaction_id>/refund", methods=["POST"])
@blp.arguments(EndingIn, example=EXAMPLE)
@blp.response(200, TransactionOut)
@blp.refuses(TransactionNotFound, TransactionEnded, TransactionNotStuck, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def refund_transaction(body: dict[str, Any], transaction_id: UUID) -> Response:
    """End a stuck transaction and put the money back, because you know that it was not activated."""
    cases.refund(transaction_id=transaction_id, note=body["note"])
    return answer(transaction_id)
