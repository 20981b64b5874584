"""`/auth/login`, `/refresh`, `/logout`."""

from typing import Any

from flask import current_app, request

from app.core.access import anonymous, caller, signed_in
from app.core.api import Blueprint
from app.core.edge import unit
from app.core.errors import Busy, NotAuthenticated, ValidationFailed
from app.core.web import settings_of
from app.identity import tokens
from app.identity.errors import LoginLocked, LoginRefused, RefreshRefused, RefreshReused
from app.identity.schemas import LoginIn, LogoutIn, RefreshIn, TokensOut
from app.identity.service import login as logins
from app.identity.service import sessions

blp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Signing in and out, accounts, passwords.")


@blp.route("/login", methods=["POST"])
@blp.arguments(LoginIn, example={"username": "operator", "password": "holdfast-demo"})
@blp.response(200, TokensOut)
@blp.refuses(LoginRefused, LoginLocked, ValidationFailed, Busy)
@anonymous
@unit("own")
def login(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in."""
    made = logins.sign_in(**body, kind="api", address=request.remote_addr or "", settings=settings_of(current_app))
    return tokens.pair(made)


@blp.route("/refresh", methods=["POST"])
@blp.arguments(RefreshIn, example={"refresh_token": "018f0c3a1b2c7def8a9b0c1d2e3f4a5b.0.pQ3v"})
@blp.response(200, TokensOut)
@blp.refuses(RefreshRefused, RefreshReused, ValidationFailed)
@anonymous
def refresh(body: dict[str, Any]) -> dict[str, Any]:
    """Exchange a refresh token for the next pair."""
    return tokens.pair(sessions.refresh(**body, settings=settings_of(current_app)))


@blp.route("/logout", methods=["POST"])
@blp.arguments(LogoutIn, example={"all": False}, required=False)
@blp.response(204)
@blp.refuses(NotAuthenticated, ValidationFailed)
@blp.optional_body
@signed_in
def logout(body: dict[str, Any]) -> str:
    """End this session, or with `all` every session of yours."""
    end = sessions.sign_out_everywhere if body["all"] else sessions.sign_out
    end(caller())
    return ""
