"""The pages that mailed links lead to, and the one that asks for such a mail.

A link only shows a form: what reads mails ahead of their reader follows links, but sends no forms.
"""

from typing import Any

from flask import Response, current_app, make_response, render_template, request

from app.core import forms
from app.core.access import anonymous
from app.core.edge import unit
from app.core.errors import AppError, Busy, ValidationFailed
from app.core.web import settings_of
from app.identity.console.login import blp
from app.identity.errors import LinkInvalid, TooManyAttempts
from app.identity.schemas import LinkIn, ResetForm, ResetIn
from app.identity.service import credentials, verification

# Only where we come from, never the path with its token; without any referrer our own forms would be refused.
REFERRER = "strict-origin"


@blp.get("/password-reset")
@anonymous
def password_reset() -> Response:
    """Ask whose password was forgotten."""
    return _page("password_reset", form={"email": ""})


@blp.post("/password-reset")
@anonymous
def password_reset_post() -> Response:
    """Ask for the mail."""
    form = forms.read(ResetIn, request.form)
    refusal = None if form.errors else _refused(credentials.ask_for_reset, form.values)
    if form.errors or refusal:
        return _page("password_reset", refusal, form=form.typed, errors=form.errors)
    return _page("password_reset_asked")


@blp.get("/password-reset/confirm")
@anonymous
def new_password() -> Response:
    """Ask for the new password."""
    return _page("new_password", token=_token())


@blp.post("/password-reset/confirm")
@anonymous
@unit("own")
def new_password_post() -> Response:
    """Set the new password."""
    form = forms.read(ResetForm, request.form)
    facts = {name: value for name, value in form.values.items() if name != "again"}
    refusal = None if form.errors else _refused(credentials.reset_password, facts)
    if form.errors or refusal:
        return _page("new_password", refusal, token=form.typed["token"], errors=form.errors)
    return _page("new_password_set")


@blp.get("/verify-email")
@anonymous
def verify_email() -> Response:
    """Offer to verify the address."""
    return _page("verify_email", token=_token())


@blp.post("/verify-email")
@anonymous
@unit("own")
def verify_email_post() -> Response:
    """Verify the address."""
    form = forms.read(LinkIn, request.form)
    refusal = None if form.errors else _refused(verification.confirm, form.values)
    if form.errors or refusal:
        return _page("verify_email", refusal, token=form.typed["token"], errors=form.errors)
    return _page("email_verified")


def _token() -> str:
    return request.args.get("token", "")[:200]


def _refused(act: Any, facts: dict[str, Any]) -> AppError | None:
    """What the page has to say instead of its success."""
    try:
        act(**facts, address=request.remote_addr or "", settings=settings_of(current_app))
    except (LinkInvalid, TooManyAttempts, ValidationFailed, Busy) as refusal:
        return refusal
    return None


def _page(name: str, refusal: AppError | None = None, **values: Any) -> Response:
    errors = values.pop("errors", {})
    if isinstance(refusal, ValidationFailed):
        errors = {fault["pointer"].strip("/"): fault["detail"] for fault in refusal.figures["errors"]}
    elif refusal or "token" in errors:
        errors = {"": (refusal or LinkInvalid()).text()}
    html = render_template(f"identity/{name}.html", errors=errors, **values)
    return make_response(html, 422 if errors else 200, {"Referrer-Policy": REFERRER} if "token" in values else {})
