"""Access tokens: a signed JWT that names a session; whether that still lives is asked in the database each time."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import jwt
from flask import Flask, current_app
from flask_jwt_extended import JWTManager, create_access_token
from jwt import PyJWTError

from app.core import clock
from app.core.errors import NotAuthenticated
from app.core.settings import Settings
from app.identity.service import Login

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
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
    )
    JWTManager(app)


def access_token(login: Login) -> str:
    """The token of a login."""
    token: str = create_access_token(identity=str(login.user.id), additional_claims={"sid": str(login.session_id)})
    return token


def session_of(token: str) -> UUID:
    """The session that a token names, when the token is ours and has not expired."""
    try:
        session_id, expires = _verified(token, current_app.config["JWT_SECRET_KEY"])
    except (PyJWTError, ValueError) as error:
        raise NotAuthenticated(headers=CHALLENGE) from error
    if expires <= clock.utcnow().timestamp():
        raise NotAuthenticated(headers=CHALLENGE)
    return session_id


@lru_cache(maxsize=10_000)
def _verified(token: str, key: str) -> tuple[UUID, int]:
    """The session and the expiry in a token whose signature is right; the same token is not verified twice."""
    claims = jwt.decode(
        token, key, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER, options={"require": REQUIRED}
    )
    if claims["type"] != "access":
        raise jwt.InvalidTokenError("no access token")
    return UUID(str(claims["sid"])), int(claims["exp"])
