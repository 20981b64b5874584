"""What an operator does with an order that takes no form of its own: the next step, a retry, a mail again, a note."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError
from app.core.roles import Role
from app.mail import queries as mail_queries
from app.mail import service as mail
from app.mail.errors import EmailHoldsLink, EmailNotFound
from app.orders import queries
from app.orders.console import presentation
from app.orders.console.orders import blp
from app.orders.errors import AmountMismatch, IllegalTransition, OrderNotPayable
from app.orders.schemas import NoteIn, OrderPatch
from app.orders.service import steps
from app.payments.errors import NothingToRefund, RefundNotFailed, RefundTooLarge
from app.payments.service import refunds

REFUSED: tuple[type[AppError], ...] = (
    *(IllegalTransition, OrderNotPayable, AmountMismatch, NothingToRefund, RefundNotFailed, RefundTooLarge),
    *(EmailNotFound, EmailHoldsLink),
)
DONE = {
    "PROCESSING": "is being packed",
    "SHIPPED": "is shipped",
    "DELIVERED": "is delivered",
    "CANCELLED": "is cancelled",
}


@blp.post("/<uuid:order_id>/move")
@requires(Role.OPERATOR)
def move(order_id: UUID) -> AnyResponse:
    """Bring the order one step on, or undo it."""
    form = forms.read(OrderPatch, request.form)
    wanted = form.values.get("status", "PENDING")
    order = queries.order(order_id)
    done = f"{order.reference} {DONE.get(wanted, wanted)}."
    return told(order_id, lambda: steps.move(order_id=order_id, status=wanted), done)


@blp.post("/<uuid:order_id>/refunds/<uuid:refund_id>/retry")
@requires(Role.OPERATOR)
def retry_refund(order_id: UUID, refund_id: UUID) -> AnyResponse:
    """Promise again what the provider refused to pay back."""
    reference = queries.order(order_id).reference
    return told(order_id, lambda: refunds.retry(refund_id=refund_id, reference=reference), "The refund is tried again.")


@blp.post("/<uuid:order_id>/mails/<id:email_id>/resend")
@requires(Role.OPERATOR)
def resend(order_id: UUID, email_id: int) -> AnyResponse:
    """Send a mail about this order once more."""

    def send() -> None:
        if email_id not in {each.id for each in mail_queries.about(f"order:{order_id}:")}:
            raise EmailNotFound(email_id=email_id)
        mail.resend(email_id=email_id)

    return told(order_id, send, "The mail is queued again, as a mail of its own.")


@blp.post("/<uuid:order_id>/notes")
@requires(Role.OPERATOR)
def note(order_id: UUID) -> AnyResponse:
    """Note something for the next operator."""
    form = forms.read(NoteIn, request.form)
    if form.errors:
        flash(f"The note was not kept. {form.errors['text']}", "error")
        return back(order_id)
    return told(order_id, lambda: steps.note(order_id=order_id, words=form.values["text"]), "The note is kept.")


def told(order_id: UUID, act: Callable[[], Any], done: str) -> AnyResponse:
    """Do it and say so; when somebody was faster, say how it stands. Either way the page shows the present state."""
    _, refused = forms.tried(act, dict.fromkeys(REFUSED, "order"))
    flash(_and_now(order_id, refused["order"]) if refused else done, "error" if refused else "ok")
    return back(order_id)


def back(order_id: UUID) -> AnyResponse:
    """To the page of the order."""
    return htmx.go(url_for("orders_console.orders.detail", order_id=order_id))


def _and_now(order_id: UUID, refusal: str) -> str:
    order = queries.order(order_id)
    status, payment = presentation.STATUSES[order.status][0], presentation.PAYMENTS[order.payment_status][0]
    return f"{refusal} Nothing was changed; it is {status.lower()} and {payment.lower()} now."
