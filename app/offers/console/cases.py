"""What an operator does about one activation: ask the partner again, end a stuck one, send a mail again."""

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
from app.offers.console import presentation
from app.offers.console.activations import blp
from app.offers.errors import TransactionEnded, TransactionNotStuck, TransactionWentOn
from app.offers.queries import activations as queries
from app.offers.schemas import EndingIn
from app.offers.service import cases

REFUSED: tuple[type[AppError], ...] = (
    *(TransactionEnded, TransactionNotStuck, TransactionWentOn),
    *(EmailNotFound, EmailHoldsLink),
)


@blp.post("/<uuid:transaction_id>/ask")
@requires(Role.OPERATOR)
def ask(transaction_id: UUID) -> AnyResponse:
    """Ask the partner now what became of it, once for each step that a page showed."""
    step = forms.version({"version": request.form.get("step", "")})
    act = lambda: cases.ask_again(transaction_id=transaction_id, step=step)  # noqa: E731
    return _told(transaction_id, act, "The partner is asked again in a moment.")


@blp.post("/<uuid:transaction_id>/settle")
@requires(Role.OPERATOR)
def settle(transaction_id: UUID) -> AnyResponse:
    """End it as a success, for somebody who knows that the partner did it."""
    return _ended(transaction_id, cases.settle, "It is settled; the customer's time runs.")


@blp.post("/<uuid:transaction_id>/refund")
@requires(Role.OPERATOR)
def refund(transaction_id: UUID) -> AnyResponse:
    """End it as a failure, for somebody who knows that the partner did not do it."""
    return _ended(transaction_id, cases.refund, "The money is back in the customer's account.")


@blp.post("/<uuid:transaction_id>/mails/<id:email_id>/resend")
@requires(Role.OPERATOR)
def resend(transaction_id: UUID, email_id: int) -> AnyResponse:
    """Send a mail about this activation once more."""

    def send() -> None:
        if email_id not in {each.id for each in mail_queries.about(f"activation:{transaction_id}:")}:
            raise EmailNotFound(email_id=email_id)
        mail.resend(email_id=email_id)

    return _told(transaction_id, send, "The mail is queued again, as a mail of its own.")


def _ended(transaction_id: UUID, end: Callable[..., None], done: str) -> AnyResponse:
    form = forms.read(EndingIn, request.form)
    if form.errors:
        flash(f"Nothing was done. Say how you know it: {form.errors['note']}", "error")
        return _back(transaction_id)
    return _told(transaction_id, lambda: end(transaction_id=transaction_id, note=form.values["note"]), done)


def _told(transaction_id: UUID, act: Callable[[], Any], done: str) -> AnyResponse:
    """Do it and say so; when somebody was faster, say how it stands."""
    _, refused = forms.tried(act, dict.fromkeys(REFUSED, "it"))
    flash(_and_now(transaction_id, refused["it"]) if refused else done, "error" if refused else "ok")
    return _back(transaction_id)


def _and_now(transaction_id: UUID, refusal: str) -> str:
    status, _ = presentation.state(queries.activation(transaction_id))
    return f"{refusal} Nothing was changed; it is {status.lower()} now."


def _back(transaction_id: UUID) -> AnyResponse:
    return htmx.go(url_for("offers_console.activations.detail", transaction_id=transaction_id))
