"""What `/users` takes and gives."""

from marshmallow import validate

from app.core.roles import Role
from app.core.schemas import Email, Flag, ListQuery, Moment, PersonName, QueryFlag, Schema, Secret, Text
from app.identity.schemas import PASSWORD, AccountOut, RegisterIn

ROLES = [str(role) for role in Role]
ORDERINGS = ["newest", "oldest", "username"]


class UserIn(RegisterIn):
    """A user to make."""

    role = Text(required=True, validate=validate.OneOf(ROLES))


class UserPatch(Schema):
    """What to change of a user. A new role, a new password and `is_active: false` end every session of the user."""

    email = Email(metadata={"description": "A new address counts as not verified."})
    role = Text(validate=validate.OneOf(ROLES))
    is_active = Flag()
    password = Secret(validate=PASSWORD)
    first_name = PersonName()
    last_name = PersonName()


class UserForm(UserPatch):
    """The same as typed into a form, where a name that is left out is none and a password that is left out stays."""

    email = Email(required=True)
    role = Text(required=True, validate=validate.OneOf(ROLES))
    first_name = PersonName(load_default="")
    last_name = PersonName(load_default="")


class UserOut(AccountOut):
    """A user, as admins see them."""

    is_active = Flag()
    last_signed_in_at = Moment(
        allow_none=True,
        metadata={"type": ["string", "null"], "format": "date-time", "description": "Null when that is long ago."},
    )


class UserQuery(ListQuery):
    """Which users, in which order."""

    q = Text(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={"description": "How the username or e-mail address begins; for staff also a first or last name."},
    )
    role = Text(load_default=None, validate=validate.OneOf(ROLES))
    is_active = QueryFlag(load_default=None)
    ordering = Text(load_default="newest", validate=validate.OneOf(ORDERINGS))
