"""What customers and segments take and give in JSON."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Email, Flag, Integer, Moment, Money, Number, PersonName, Schema, Secret, Text

MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
ID = validate.Range(min=1)
IN_APP = "Notifications in the shop."
BY_MAIL = "Notifications by mail, to a verified address."


class Coordinate(Number):
    """Degrees, kept to seven decimals (a centimetre): PostgreSQL reckons with nothing that is next to nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        return round(super()._deserialize(value, attr, data, **kwargs), 7) + 0.0  # there is no minus zero


class Located(Schema):
    """Where somebody is: both coordinates or neither; null for both forgets the place."""

    latitude = Coordinate(
        allow_none=True,
        validate=validate.Range(-90, 90),
        metadata={"description": "Degrees north, to seven decimals; null for both coordinates forgets the place."},
    )
    longitude = Coordinate(
        allow_none=True, validate=validate.Range(-180, 180), metadata={"description": "Degrees east."}
    )

    @validates_schema(skip_on_field_errors=True)
    def _both_or_neither(self, values: dict[str, Any], **_: Any) -> None:
        given = {name: values.get(name) is not None for name in ("latitude", "longitude") if name in values}
        if len(given) == 1:
            raise ValidationError("Send latitude and longitude together.", next(iter(given)))
        if len(set(given.values())) == 2:
            lacking = next(name for name, there in given.items() if not there)
            raise ValidationError("Send both coordinates, or null for both.", lacking)


class OwnFacts(Located):
    """What is kept of a customer beside the user's account."""

    in_app_opt_in = Flag(metadata={"description": IN_APP})
    email_opt_in = Flag(metadata={"description": BY_MAIL})


class ProfilePatch(OwnFacts):
    """What to change of your profile; only customers have a location and opt-ins."""

    first_name = PersonName()
    last_name = PersonName()
    email = Email(metadata={"description": "Another address needs `current_password` and is not verified at first."})
    current_password = Secret(validate=validate.Length(1, 128))


class ProfileOut(Schema):
    """Who you are here."""

    id = Integer()
    username = Text()
    email = Text()
    email_verified = Flag(metadata={"description": "Whether you followed the link that was mailed to the address."})
    first_name = Text()
    last_name = Text()
    role = Text()
    date_joined = Moment(attribute="created_at", metadata=MOMENT)
    latitude = Number(allow_none=True, metadata={"description": "Null for staff, and until you send it."})
    longitude = Number(allow_none=True)
    in_app_opt_in = Flag(metadata={"description": f"{IN_APP} On at first; false for staff."})
    email_opt_in = Flag(metadata={"description": f"{BY_MAIL} Off at first."})
    balance = Money(allow_none=True, metadata={"type": ["string", "null"], "description": "Null for staff."})


class SegmentIds(fields.List[int]):
    """Manual segments."""

    def __init__(self, **kwargs: Any) -> None:
        """A hundred at most."""
        super().__init__(Integer(validate=ID), validate=validate.Length(max=100), **kwargs)
