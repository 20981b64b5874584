"""Who is asking: on the API by bearer token, in the console by cookie, never one for the other."""

from flask import Request

from app.core.context import Principal
from app.core.errors import NotAuthenticated
from app.identity import queries
from app.identity.service import token_hash
from app.identity.tokens import CHALLENGE, session_of

COOKIE = "holdfast_session"


def load(request: Request) -> Principal | None:
    """The principal of a request; None when nobody claims to be one."""
    if request.path.startswith("/api/"):
        return _by_bearer(request)
    return _by_cookie(request) if request.path.startswith("/console") else None


def _by_bearer(request: Request) -> Principal | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated(headers=CHALLENGE)
    who = queries.principal_by_session(session_of(token.strip()))
    if who is None:
        raise NotAuthenticated(headers=CHALLENGE)
    return who


def _by_cookie(request: Request) -> Principal | None:
    token = request.cookies.get(COOKIE)
    return queries.principal_by_token(token_hash(token)) if token else None
