"""Access tokens: a signed JWT that names a session; whether that still lives is asked in the database each time."""

from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from flask import Flask, current_app
from flask_jwt_extended import JWTManager, create_access_token
from jwt import PyJWTError

from app.core.errors import NotAuthenticated
from app.core.settings import Settings
from app.identity.service.sessions import Login

REQUIRED = ["exp", "iat", "aud", "iss", "jti", "sid", "sub", "type"]
ISSUER, AUDIENCE = "holdfast", "holdfast-api"
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def init_app(app: Flask, settings: Settings) -> None:
    """One algorithm, one issuer, one audience."""
    app.config.update(
        JWT_SECRET_KEY=f"jwt:{settings.secret_key}",
        JWT_ALGORITHM="HS256",
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_COOKIE_CSRF_PROTECT=False,  # no token is ever taken from a cookie
        JWT_ENCODE_NBF=False,  # the clock of this machine decides nothing
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
    )
    JWTManager(app)


def pair(login: Login) -> dict[str, Any]:
    """The answer to a login or a refresh; of one login and generation it is always the same."""
    lifetime: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return {
        "access_token": access_token(login),
        "refresh_token": login.token,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
    }


def access_token(login: Login) -> str:
    """The access token of a login, timed by the database that issued it."""
    ends_at = login.issued_at + current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    claims = {
        "sid": str(login.session_id),
        "jti": f"{login.session_id.hex}.{login.generation}",
        "iat": int(login.issued_at.timestamp()),
        "exp": int(ends_at.timestamp()),
    }
    token: str = create_access_token(identity=str(login.user.id), additional_claims=claims)
    return token


def verified(token: str) -> tuple[UUID, int]:
    """The session that a token of ours names, and when the token expires, which is for the database to compare."""
    try:
        return _read(token, current_app.config["JWT_SECRET_KEY"])
    except (PyJWTError, ValueError) as error:
        raise NotAuthenticated(headers=CHALLENGE) from error


@lru_cache(maxsize=10_000)
def _read(token: str, key: str) -> tuple[UUID, int]:
    """What a token with the right signature says; the same token is not verified twice."""
    options: Any = {"require": REQUIRED, "verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, key, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER, options=options)
    if claims["type"] != "access":
        raise jwt.InvalidTokenError("no access token")
    return UUID(str(claims["sid"])), int(claims["exp"])
