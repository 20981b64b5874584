"""What identity takes and gives in JSON."""

from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from app.core.schemas import Email, Flag, Integer, Moment, PersonName, Schema, Secret, Text, Username

PASSWORD = validate.Length(10, 128)


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


class RegisterIn(Schema):
    """Somebody new."""

    username = Username(required=True)
    email = Email(required=True)
    password = Secret(required=True, validate=PASSWORD)
    first_name = PersonName()
    last_name = PersonName()


class AccountOut(Schema):
    """Who you are here."""

    id = Integer()
    username = Text()
    email = Text()
    email_verified = Flag(metadata={"description": "Whether you followed the link that was mailed to the address."})
    first_name = Text()
    last_name = Text()
    role = Text()
    date_joined = Moment(attribute="created_at", metadata={"type": "string", "format": "date-time"})


class PasswordIn(Schema):
    """Another password, by who knows the current one."""

    current_password = Secret(required=True, validate=validate.Length(1, 128))
    new_password = Secret(required=True, validate=PASSWORD)


class ResetIn(Schema):
    """Whose password to set anew."""

    email = Email(required=True)


class LinkIn(Schema):
    """The proof that a mail was read."""

    token = Text(required=True, validate=validate.Length(1, 200), metadata={"description": "From the mailed link."})


class ResetConfirmIn(LinkIn):
    """A new password, by who got the mail."""

    new_password = Secret(required=True, validate=PASSWORD)


class Twice(Schema):
    """A new password that is typed into a page twice."""

    again = Secret(required=True)

    @validates_schema(skip_on_field_errors=True)
    def _alike(self, values: dict[str, Any], **_: Any) -> None:
        if values["again"] != values["new_password"]:
            raise ValidationError("This is not the same password.", "again")


class ResetForm(ResetConfirmIn, Twice):
    """A new password as the page of a mailed link takes it."""


class PasswordForm(PasswordIn, Twice):
    """A new password as the page of preferences takes it."""


class OnItsWayOut(Schema):
    """What happens next."""

    message = Text()
