"""`/auth`: signing in and out."""

from datetime import timedelta
from typing import Any

from flask import current_app

from app.core import context, ratelimit
from app.core.access import anonymous, signed_in
from app.core.api import Blueprint
from app.core.errors import NotAuthenticated, RateLimited, ValidationFailed
from app.core.web import settings_of
from app.identity import service, tokens
from app.identity.errors import LoginRefused
from app.identity.schemas import LoginIn, LoginOut

blp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Signing in and out.")


@blp.route("/login", methods=["POST"])
@blp.arguments(LoginIn, example={"username": "operator", "password": "holdfast-demo"})
@blp.response(200, LoginOut)
@blp.refuses(LoginRefused, ValidationFailed, RateLimited)
@anonymous
def login(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in."""
    ratelimit.count_login()
    lifetime = timedelta(minutes=settings_of(current_app).access_token_minutes)
    made = service.sign_in(**body, kind="api", lifetime=lifetime)
    return {
        "access_token": tokens.access_token(made),
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
    }


@blp.route("/logout", methods=["POST"])
@blp.response(204)
@blp.refuses(NotAuthenticated)
@signed_in
def logout() -> str:
    """End this session."""
    who = context.principal()
    if who is not None:
        service.sign_out(who)
    return ""
