"""What identity takes and gives in JSON."""

from marshmallow import validate

from app.core.schemas import Flag, Integer, Schema, Secret, Text


class LoginIn(Schema):
    """A login."""

    username = Text(
        required=True, validate=validate.Length(1, 254), metadata={"description": "Username or e-mail address."}
    )
    password = Secret(required=True, validate=validate.Length(1, 128))


class TokensOut(Schema):
    """A pair of tokens."""

    access_token = Text(metadata={"description": "Send it as `Authorization: Bearer <token>`."})
    refresh_token = Text(
        metadata={"description": "Good for one `/auth/refresh`, which gives the next; keep it secret."}
    )
    token_type = Text()
    expires_in = Integer(metadata={"description": "Seconds that the access token lives."})


class RefreshIn(Schema):
    """The newest refresh token of a session."""

    refresh_token = Secret(required=True, validate=validate.Length(1, 200))


class LogoutIn(Schema):
    """Which sessions to end."""

    all = Flag(load_default=False, metadata={"description": "Every session of yours, not just this one."})
