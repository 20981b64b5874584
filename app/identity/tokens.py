"""Access tokens: a signed JWT that names a session; whether that still lives is asked in the database each time."""

from datetime import timedelta
from uuid import UUID

from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from app.core.errors import NotAuthenticated
from app.core.settings import Settings
from app.identity.service import Login

REQUIRED = {"exp", "iat", "aud", "iss", "jti", "sid", "sub"}


def init_app(app: Flask, settings: Settings) -> None:
    """One algorithm, one issuer, one audience."""
    app.config.update(
        JWT_SECRET_KEY=f"jwt:{settings.secret_key}",
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER="holdfast",
        JWT_DECODE_ISSUER="holdfast",
        JWT_ENCODE_AUDIENCE="holdfast-api",
        JWT_DECODE_AUDIENCE="holdfast-api",
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
    )
    JWTManager(app)


def access_token(login: Login) -> str:
    """The token of a login."""
    return create_access_token(identity=str(login.user.id), additional_claims={"sid": str(login.session_id)})


def session_of(token: str) -> UUID:
    """The session that a token names, when the token is ours and has not expired."""
    try:
        claims = decode_token(token)
        if claims.get("type") != "access" or not claims.keys() >= REQUIRED:
            raise NotAuthenticated(headers=CHALLENGE)
        return UUID(claims["sid"])
    except (PyJWTError, JWTExtendedException, ValueError) as error:
        raise NotAuthenticated(headers=CHALLENGE) from error


CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
