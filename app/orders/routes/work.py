"""`/orders/…` for those who work on them: the next step, payments by hand, refunds, history, notes."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core import jsons
from app.core.access import requires, whose
from app.core.api import Blueprint, json_response
from app.core.errors import Stale, ValidationFailed
from app.core.etags import expected_versions
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.sparse import shown
from app.orders import queries
from app.orders.errors import AmountMismatch, IllegalTransition, OrderNotFound, OrderNotPayable
from app.orders.routes.answers import answer
from app.orders.schemas import NoteIn, NoteOut, OrderOut, OrderPatch, PaymentIn, RefundIn, RefundOut, StepOut
from app.orders.service import money, steps
from app.payments import queries as payment_queries
from app.payments.errors import NothingToRefund, RefundNotFailed, RefundNotFound, RefundTooLarge
from app.payments.service import refunds

blp = Blueprint("order_work", __name__, url_prefix="/api/v1/orders/<uuid:order_id>", description="Work on orders.")


@blp.route("", methods=["PATCH"])
@blp.arguments(OrderPatch, example={"status": "PROCESSING"})
@blp.response(200, OrderOut)
@blp.refuses(OrderNotFound, IllegalTransition, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def move_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Bring an order to its next status."""
    steps.move(order_id=order_id, status=body["status"], expected=expected_versions())
    return answer(order_id)


@blp.route("/payments", methods=["POST"])
@blp.arguments(PaymentIn, example={"note": "cash at the counter"})
@blp.response(201, OrderOut)
@blp.refuses(OrderNotFound, OrderNotPayable, AmountMismatch, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def record_payment(body: dict[str, Any], order_id: UUID) -> Response:
    """Record a payment that was received by hand."""
    money.record(order_id=order_id, amount=body.get("amount"), note=body["note"])
    return answer(order_id, status=201)


@blp.route("/refunds", methods=["POST"])
@blp.arguments(RefundIn, example={"amount": "5.00", "reason": "damaged on arrival"})
@blp.response(201, OrderOut)
@blp.refuses(OrderNotFound, NothingToRefund, RefundTooLarge, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def refund_order(body: dict[str, Any], order_id: UUID) -> Response:
    """Pay a part of what was paid back, or all that is left."""
    money.pay_back(order_id=order_id, amount=body.get("amount"), reason=body["reason"])
    return answer(order_id, status=201)


@blp.route("/refunds")
@blp.response(200, RefundOut(many=True))
@blp.refuses(OrderNotFound)
@requires(Role.VIEWER, or_customer=True)
def list_refunds(order_id: UUID) -> Response:
    """List what went or goes back."""
    order = queries.order(order_id, user_id=whose(None))
    rows = payment_queries.refunds(order.reference)
    return json_response(jsons.dump(shown(RefundOut, None).dump(rows, many=True)))


@blp.route("/refunds/<uuid:refund_id>/retry", methods=["POST"])
@blp.response(200, OrderOut)
@blp.refuses(OrderNotFound, RefundNotFound, RefundNotFailed, NothingToRefund, RefundTooLarge)
@requires(Role.OPERATOR)
@idempotent
def retry_refund(order_id: UUID, refund_id: UUID) -> Response:
    """Try a refund again that failed."""
    refunds.retry(refund_id=refund_id, reference=queries.order(order_id).reference)
    return answer(order_id)


@blp.route("/history")
@blp.response(200, StepOut(many=True))
@blp.refuses(OrderNotFound)
@requires(Role.VIEWER)
def list_history(order_id: UUID) -> Response:
    """List the steps of an order, the first one first, with who took them."""
    queries.order(order_id)
    return json_response(jsons.dump(shown(StepOut, None).dump(queries.history(order_id), many=True)))


@blp.route("/notes")
@blp.response(200, NoteOut(many=True))
@blp.refuses(OrderNotFound)
@requires(Role.VIEWER)
def list_notes(order_id: UUID) -> Response:
    """List what operators noted."""
    queries.order(order_id)
    return json_response(jsons.dump(shown(NoteOut, None).dump(queries.notes(order_id), many=True)))


@blp.route("/notes", methods=["POST"])
@blp.arguments(NoteIn, example={"text": "Customer calls back on Monday."})
@blp.response(201, NoteOut)
@blp.refuses(OrderNotFound, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def add_note(body: dict[str, Any], order_id: UUID) -> Response:
    """Note something for the next operator."""
    written = steps.note(order_id=order_id, words=body["text"])
    return json_response(jsons.dump(shown(NoteOut, None).dump(written)), 201)
