"""What `/users` takes and gives."""

from typing import Any

from marshmallow import ValidationError, validate

from app.core.roles import Role
from app.core.schemas import Flag, Integer, ListQuery, Moment, QueryFlag, Schema, Secret, Text

ROLES = [str(role) for role in Role]
ORDERINGS = ["newest", "oldest", "username"]
NAME = validate.Length(max=100)


def _printable(text: str) -> None:
    if not text.isprintable():
        raise ValidationError("Write letters, digits and signs that can be seen.")


def _no_address(name: str) -> None:
    if "@" in name:
        raise ValidationError("A username has no @; that is for e-mail addresses.")


class Name(Text):
    """A first or last name; it may be empty."""

    def __init__(self, **kwargs: Any) -> None:
        """Up to 100 characters that can be seen."""
        super().__init__(validate=[NAME, _printable], **kwargs)


class Email(Text):
    """An e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        """Up to 254 characters in the form of an address."""
        super().__init__(validate=[validate.Length(1, 254), _printable, validate.Email()], **kwargs)


class NewPassword(Secret):
    """A password to set."""

    def __init__(self, **kwargs: Any) -> None:
        """Of 10 to 128 characters, any of them."""
        super().__init__(validate=validate.Length(10, 128), **kwargs)


class UserIn(Schema):
    """A user to make."""

    username = Text(
        required=True,
        validate=[validate.Length(1, 50), _printable, _no_address],
        metadata={"description": "Unique; upper and lower case make no difference. It is never changed."},
    )
    email = Email(required=True)
    role = Text(required=True, validate=validate.OneOf(ROLES))
    password = NewPassword(required=True)
    first_name = Name(load_default="")
    last_name = Name(load_default="")


class UserPatch(Schema):
    """What to change of a user. A new role, a new password and `is_active: false` end every session of the user."""

    email = Email(metadata={"description": "A new address counts as not verified."})
    role = Text(validate=validate.OneOf(ROLES))
    is_active = Flag()
    password = NewPassword()
    first_name = Name()
    last_name = Name()


class UserOut(Schema):
    """A user, as admins see them."""

    id = Integer()
    username = Text()
    email = Text()
    email_verified = Flag()
    first_name = Text()
    last_name = Text()
    role = Text()
    is_active = Flag()
    date_joined = Moment(attribute="created_at", metadata={"type": "string", "format": "date-time"})
    last_signed_in_at = Moment(
        allow_none=True,
        metadata={"type": ["string", "null"], "format": "date-time", "description": "Null when that is long ago."},
    )


class UserQuery(ListQuery):
    """Which users, in which order."""

    q = Text(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={
            "description": "The beginning of a username or an e-mail address; of staff also of a first or last name."
        },
    )
    role = Text(load_default=None, validate=validate.OneOf(ROLES))
    is_active = QueryFlag(load_default=None)
    ordering = Text(load_default="newest", validate=validate.OneOf(ORDERINGS))
