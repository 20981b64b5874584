"""`/auth/password`, and what is proven by a mailed link."""

from typing import Any

from flask import current_app, request

from app.core.access import anonymous, caller, signed_in
from app.core.edge import unit
from app.core.errors import Busy, NotAuthenticated, ValidationFailed
from app.core.web import settings_of
from app.identity.errors import EmailAlreadyVerified, LinkInvalid, LoginLocked, PasswordWrong, TooManyAttempts
from app.identity.routes.sessions import blp
from app.identity.schemas import LinkIn, OnItsWayOut, PasswordIn, ResetConfirmIn, ResetIn
from app.identity.service import credentials, verification

TOKEN = "018f0c3a1b2c7def8a9b0c1d2e3f4a5b.pQ3vXk9yZt6uWm2rNs8bLd4fHg7jKc1oIe5aVq0xYwU"  # noqa: S105 - an example


@blp.route("/password", methods=["POST"])
@blp.arguments(PasswordIn, example={"current_password": "holdfast-demo", "new_password": "a long enough one"})
@blp.response(204)
@blp.refuses(NotAuthenticated, PasswordWrong, LoginLocked, ValidationFailed, Busy)
@signed_in
@unit("own")
def change_password(body: dict[str, Any]) -> str:
    """Change your password; every other session of yours ends."""
    credentials.change_password(**body, who=caller(), **_from_where())
    return ""


@blp.route("/password-reset", methods=["POST"])
@blp.arguments(ResetIn, example={"email": "ada@shop.example"})
@blp.response(202, OnItsWayOut)
@blp.refuses(TooManyAttempts, ValidationFailed)
@anonymous
def ask_for_reset(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for a mail with a link that sets a new password; the answer does not tell whether anybody has the address."""
    credentials.ask_for_reset(**body, **_from_where())
    return {"message": "If there is an account with this address, a mail is on its way."}


@blp.route("/password-reset/confirm", methods=["POST"])
@blp.arguments(ResetConfirmIn, example={"token": TOKEN, "new_password": "a long enough one"})
@blp.response(204)
@blp.refuses(LinkInvalid, TooManyAttempts, ValidationFailed, Busy)
@anonymous
@unit("own")
def reset_password(body: dict[str, Any]) -> str:
    """Set a new password by the token of a mailed link; every session of the user ends."""
    credentials.reset_password(**body, **_from_where())
    return ""


@blp.route("/email-verification", methods=["POST"])
@blp.response(202, OnItsWayOut)
@blp.refuses(NotAuthenticated, EmailAlreadyVerified, TooManyAttempts)
@signed_in
def send_verification() -> dict[str, Any]:
    """Ask for another mail with a link that verifies your address."""
    verification.send_again(who=caller(), **_from_where())
    return {"message": "A mail is on its way."}


@blp.route("/email-verification/confirm", methods=["POST"])
@blp.arguments(LinkIn, example={"token": TOKEN})
@blp.response(204)
@blp.refuses(LinkInvalid, TooManyAttempts, ValidationFailed, Busy)
@anonymous
@unit("own")
def verify_email(body: dict[str, Any]) -> str:
    """Verify an address by the token of a mailed link."""
    verification.confirm(**body, **_from_where())
    return ""


def _from_where() -> dict[str, Any]:
    return {"address": request.remote_addr or "", "settings": settings_of(current_app)}
