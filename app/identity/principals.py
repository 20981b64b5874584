"""Who is asking: on the API by bearer token, in the console by cookie, never one for the other."""

from datetime import timedelta
from typing import TypeVar

from flask import Request, after_this_request, current_app
from werkzeug.wrappers import Response

from app.core.context import Principal
from app.core.errors import NotAuthenticated
from app.core.web import settings_of
from app.identity import queries
from app.identity.service import sessions
from app.identity.tokens import CHALLENGE, verified

COOKIE = "holdfast_session"

Answer = TypeVar("Answer", bound=Response)


def load(request: Request) -> Principal | None:
    """The principal of a request; None when nobody claims to be one."""
    if request.path.startswith("/api/"):
        return _by_bearer(request)
    return _by_cookie(request) if request.path.startswith("/console") else None


def remembered(response: Answer, token: str) -> Answer:
    """The answer, after which the browser keeps this session."""
    settings = settings_of(current_app)
    age, secure = timedelta(hours=settings.console_session_hours), settings.cookies_over_https_only
    response.set_cookie(COOKIE, token, max_age=age, path="/console", httponly=True, secure=secure, samesite="Lax")
    return response


def _by_bearer(request: Request) -> Principal | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated(headers=CHALLENGE)
    who = queries.principal_by_session(*verified(token.strip()))
    if who is None:
        raise NotAuthenticated(headers=CHALLENGE)
    return who


def _by_cookie(request: Request) -> Principal | None:
    """The principal of a cookie; whoever is still here after half of the session's time gets all of it again."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    settings = settings_of(current_app)
    half = timedelta(hours=settings.console_session_hours) / 2
    who, is_due = queries.principal_by_token(sessions.token_hash(token), half)
    if is_due and sessions.prolong(sessions.token_hash(token), settings):
        after_this_request(lambda response: remembered(response, token))
    return who
