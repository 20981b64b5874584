"""What identity takes and gives in JSON."""

from marshmallow import validate

from app.core.schemas import Integer, Schema, Secret, Text


class LoginIn(Schema):
    """A login."""

    username = Text(
        required=True, validate=validate.Length(1, 254), metadata={"description": "Username or e-mail address."}
    )
    password = Secret(required=True, validate=validate.Length(1, 128))


class LoginOut(Schema):
    """An access token."""

    access_token = Text()
    token_type = Text()
    expires_in = Integer(metadata={"description": "Seconds."})
