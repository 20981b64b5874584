"""Money by hand: a payment that came in, and a refund, which is asked about before it is promised."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.ids import uuid7
from app.core.roles import Role
from app.orders import queries
from app.orders.console.orders import blp
from app.orders.console.work import told
from app.orders.errors import AmountMismatch
from app.orders.schemas import PaymentForm, RefundForm
from app.orders.service import money
from app.payments import queries as payment_queries
from app.payments.errors import RefundTooLarge


@blp.get("/<uuid:order_id>/payment")
@requires(Role.OPERATOR)
def payment(order_id: UUID) -> Response:
    """A form with the amount that is asked for."""
    order = queries.with_customer(order_id)
    return _payment_form(order, {"amount": str(order.total), "note": ""}, {})


@blp.post("/<uuid:order_id>/payment")
@requires(Role.OPERATOR)
def record_payment(order_id: UUID) -> AnyResponse:
    """Take down that the money was received."""
    order, form = queries.with_customer(order_id), forms.read(PaymentForm, request.form)
    errors = form.errors or _short(order, form.values["amount"])
    if errors:
        return _payment_form(order, form.typed, errors, status=422)
    return told(order_id, lambda: money.record(order_id=order_id, **form.values), f"{order.reference} is paid.")


@blp.get("/<uuid:order_id>/refund")
@requires(Role.OPERATOR)
def refund(order_id: UUID) -> Response:
    """A form with what is left to pay back."""
    order = queries.with_customer(order_id)
    left = payment_queries.refundable(order.reference)
    return _refund_form(order, {"amount": str(left), "reason": "", "asked": str(uuid7())}, {})


@blp.post("/<uuid:order_id>/refund")
@requires(Role.OPERATOR)
def pay_back(order_id: UUID) -> AnyResponse:
    """Ask once more, naming the amount and the customer; then promise it, once for each form."""
    order, form = queries.with_customer(order_id), forms.read(RefundForm, request.form)
    errors = form.errors or _beyond(order, form.values["amount"])
    if errors or not request.form.get("confirmed"):
        sure = None if errors else form.values["amount"]
        return _refund_form(order, form.typed, errors, sure=sure, status=422 if errors else 200)
    return told(order_id, lambda: money.pay_back(order_id=order_id, **form.values), "The refund is promised.")


def _short(order: Any, amount: Decimal) -> dict[str, str]:
    refusal = AmountMismatch(total=str(order.total), amount=str(amount))
    return {} if amount == order.total else {"amount": refusal.text()}


def _beyond(order: Any, amount: Decimal) -> dict[str, str]:
    left = payment_queries.refundable(order.reference)
    refusal = RefundTooLarge(amount=str(amount), refundable=str(left))
    return {} if amount <= left else {"amount": refusal.text()}


def _payment_form(order: Any, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    return htmx.render("orders/payment.html", "form", status=status, order=order, form=typed, errors=errors)


def _refund_form(
    order: Any, typed: dict[str, str], errors: dict[str, str], *, sure: Decimal | None = None, status: int = 200
) -> Response:
    facts: dict[str, Any] = {"order": order, "form": typed, "errors": errors, "sure": sure}
    facts["left"] = payment_queries.refundable(order.reference)
    return htmx.render("orders/refund.html", "form", status=status, **facts)
