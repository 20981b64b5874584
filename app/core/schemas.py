"""Marshmallow fields and base schemas with one idea of what JSON is: strict types, no unknown fields, no NUL."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, cast
from zoneinfo import available_timezones

import orjson
from marshmallow import RAISE, ValidationError, fields, missing, validate
from marshmallow import Schema as MarshmallowSchema
from marshmallow.class_registry import get_class

from app.core.clock import rfc3339
from app.core.money import parse_money

BIGINT = 2**63 - 1
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2999, 12, 30)
ZONES = frozenset(available_timezones())
WHOLE = re.compile(r"-?[0-9]{1,19}")
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
DELETED = re.compile(r"deleted-[0-9]+", re.IGNORECASE)


class Schema(MarshmallowSchema):
    """The base of all schemas: an unknown field is an error, and what it shows is worked out once and not for each row.

    Most values of a row are shown as they are; marshmallow asks four functions for each to find that out.
    """

    class Meta:
        """Options that every schema shares."""

        unknown = RAISE

    @cached_property
    def _shown(self) -> list[tuple[str, str, frozenset[type], Any]] | None:
        """Of each field its key, its attribute, which types are shown as they are, and what shows any other."""
        fields_ = [(name, field, field.attribute or name) for name, field in self.dump_fields.items()]
        if any("." in attribute or not _is_simple(field) for _, field, attribute in fields_):
            return None
        return [(field.data_key or name, attribute, *_shows(field)) for name, field, attribute in fields_]

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        """Show a row, or many, as marshmallow would."""
        if self._shown is None:
            return super()._serialize(obj, many=many)
        if many and obj is not None:
            return [self._row(each) for each in obj]
        return self._row(obj)

    def _row(self, obj: Any) -> dict[str, Any]:
        read = obj.get if isinstance(obj, Mapping) else partial(getattr, obj)
        row = {}
        for key, attribute, as_they_are, show in self._shown or ():
            value = read(attribute, missing)
            if value is not missing:
                row[key] = value if type(value) in as_they_are else show(value, attribute, obj)
        return row


NO_TYPES: frozenset[type] = frozenset()
# ruff: noqa: SLF001 - what a field does to a value has no other name in marshmallow
_AS_THEY_ARE: dict[Any, frozenset[type]] = {
    fields.String._serialize: frozenset({str, type(None)}),
    fields.Integer._serialize: frozenset({int, type(None)}),
}


def _shows(field: Any) -> tuple[frozenset[type], Any]:
    return _AS_THEY_ARE.get(type(field)._serialize, NO_TYPES), field._serialize


def _is_simple(field: Any) -> bool:
    """Whether it shows an attribute and nothing in its place."""
    return field._CHECK_ATTRIBUTE and field.dump_default is missing and type(field).serialize is fields.Field.serialize


class Text(fields.String):
    """A string without NUL; surrounding space is cut off."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _without_nul(super()._deserialize(value, attr, data, **kwargs)).strip()


class Secret(fields.String):
    """A string without NUL that is taken as it is and never shown."""

    def __init__(self, **kwargs: Any) -> None:
        """Only ever an input."""
        super().__init__(load_only=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _without_nul(super()._deserialize(value, attr, data, **kwargs))


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValidationError("A NUL character cannot be stored.")
    return text


def _printable(text: str) -> None:
    """Refuse control characters."""
    if not text.isprintable():
        raise ValidationError("Write it without control characters.")


class PersonName(Text):
    """A part of somebody's name; may be empty."""

    def __init__(self, **kwargs: Any) -> None:
        """Any letters of the world, no control characters."""
        super().__init__(validate=[validate.Length(max=100), _printable], **kwargs)


class Username(Text):
    """A name to sign in with."""

    def __init__(self, **kwargs: Any) -> None:
        """Never taken for an address, nor for an account that was deleted."""
        super().__init__(validate=[validate.Length(1, 50), _printable, _free_username], **kwargs)


def _free_username(name: str) -> None:
    if "@" in name:
        raise ValidationError("A username has no @, so that it is never taken for an address.")
    if DELETED.fullmatch(name):
        raise ValidationError("Names like this are left to deleted accounts.")


class Email(Text):
    """An address that mail can be sent to."""

    def __init__(self, **kwargs: Any) -> None:
        """Checked like everywhere, and kept within what the database and a mail's header take."""
        super().__init__(validate=[validate.Length(3, 254), _plain_address, validate.Email()], **kwargs)


def _plain_address(email: str) -> None:
    if not email.isascii() or not email.isprintable() or any(mark in email for mark in ' ,;<>"()'):
        raise ValidationError("Write the address in plain letters, without quotes and spaces.")
    if email.lower().endswith(".invalid"):
        raise ValidationError("No mail reaches an address that ends in .invalid.")


class Zone(Text):
    """The name of a time zone."""

    def __init__(self, **kwargs: Any) -> None:
        """Only one that there is."""
        super().__init__(validate=_known_zone, metadata={"description": "IANA time zone."}, **kwargs)


def _known_zone(name: str) -> None:
    if name not in ZONES:
        raise ValidationError("Write an IANA time zone such as Europe/Berlin.")


class Integer(fields.Integer):
    """A JSON integer that fits a bigint."""

    def __init__(self, **kwargs: Any) -> None:
        """Neither `"5"` nor `5.0` nor `true` is an integer."""
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = super()._deserialize(value, attr, data, **kwargs)
        if abs(number) > BIGINT:
            raise ValidationError("The number is too large.")
        return number


class QueryInteger(fields.Integer):
    """A whole number in a query string, where everything is text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not WHOLE.fullmatch(value) or abs(int(value)) > BIGINT:
            raise self.make_error("invalid")
        return int(value)


class QueryNumber(fields.Float):
    """A plain decimal number in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if not isinstance(value, str) or not DECIMAL.fullmatch(value):
            raise self.make_error("invalid")
        return float(value)


class Number(fields.Float):
    """A finite JSON number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """A JSON true or false, nothing that resembles one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class QueryFlag(fields.Boolean):
    """`true` or `false` in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in {"true", "false"}:
            raise ValidationError("Write true or false.")
        return bool(value == "true")


class Money(fields.Field[Decimal]):
    """An amount: shown as a string with two decimals, taken as string or number."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            return parse_money(value)
        except ValueError as error:
            raise ValidationError(f"{str(error).capitalize()}.") from error


class Moment(fields.Field[datetime]):
    """A moment: shown in RFC 3339 UTC; refused are naive ones, and what is too far off to be reckoned in every zone."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else rfc3339(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = _moment(value)
        if moment is None:
            raise ValidationError("Write a time with its zone, such as 2030-01-31T09:00:00Z.")
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise ValidationError("Write a time from 1970 to 2999.")
        return moment


def _moment(value: Any) -> datetime | None:
    """The moment that a text with a zone names."""
    try:
        named = datetime.fromisoformat(value) if isinstance(value, str) and len(value) >= 20 else None
        return named.astimezone(UTC) if named is not None and named.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


class Ready(fields.List[Any]):
    """A list that is kept as the JSON that is shown."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return orjson.Fragment(value)


class Day(fields.Date):
    """A day of the calendar, near enough to ours to be reckoned with in every zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = super()._deserialize(value, attr, data, **kwargs)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError("Write a day from 1970 to 2999.")
        return day


class ListQuery(Schema):
    """What every list takes."""

    limit = QueryInteger(
        load_default=25, validate=validate.Range(1, 100), metadata={"description": "Rows on a page, 1 to 100."}
    )
    cursor = Text(load_default=None, metadata={"description": "The `next_cursor` of the page before."})
    fields_ = Text(
        data_key="fields", load_default=None, metadata={"description": "Only these fields, separated by commas."}
    )


class ObjectQuery(Schema):
    """What every object takes."""

    fields_ = Text(
        data_key="fields", load_default=None, metadata={"description": "Only these fields, separated by commas."}
    )


def schema_named(name: str) -> type[Schema]:
    """What a domain below answers with, for a route that answers with the same."""
    return cast("type[Schema]", get_class(name))
