"""What no field of a kind accepts."""

from typing import Any

from marshmallow import fields, validate

from app.buys.schemas.analytics import PromoIds
from app.core import schemas
from app.inventory.schemas import Ids

NAN, INFINITY = float("nan"), float("inf")
STRUCTURES: list[Any] = [[], {}, [1], {"a": 1}]
BODY: dict[type[fields.Field[Any]], list[Any]] = {
    schemas.Integer: ["5", 5.0, True, 1.5, NAN, 2**63, -(2**63) - 1, 2**70, *STRUCTURES],
    schemas.Number: ["5", True, "NaN", NAN, INFINITY, -INFINITY, *STRUCTURES],
    schemas.Text: [5, 5.0, True, NAN, "a\0b", "\0", *STRUCTURES],
    schemas.Secret: [5, True, NAN, "a\0b", *STRUCTURES],
    schemas.Flag: ["true", "false", "", 1, 0, 1.0, NAN, *STRUCTURES],
    schemas.Money: [True, "x", "", "1.234", 1.234, "NaN", NAN, "1e400", 10**13, *STRUCTURES],
    schemas.Moment: [5, True, "", "soon", "2030-01-01", "2030-01-01T00:00:00", NAN, *STRUCTURES],
    fields.UUID: [5, True, "x", "", "0" * 31, "0" * 33, NAN, *STRUCTURES],
    fields.Nested: [5, "x", True, NAN],
    fields.List: [5, "x", True, {}, NAN],
}
QUERY: dict[type[fields.Field[Any]], list[str]] = {
    schemas.QueryInteger: ["x", "", "1.0", "1e2", "+1", "0x1", "--1", "-", "9" * 19, "9" * 40, "\0"],
    schemas.QueryNumber: ["x", "", "1e2", "NaN", "Infinity", "+1", "1,5", ".5", "1.", "9" * 400, "\0"],
    schemas.QueryFlag: ["1", "yes", "TRUE", "", "null", "\0"],
    schemas.Text: ["a\0b"],
    schemas.Moment: ["5", "", "soon", "2030-01-01T00:00:00"],
    schemas.Money: ["x", "", "1.234", "NaN"],
    schemas.Day: ["x", "", "5", "2030-13-01", "2030-02-30", "0001-01-01", "9999-12-31", "yesterday", "\0"],
    Ids: ["x", "", "1,,2", "0", "-1", "1.5", "9" * 20, ",".join(["1"] * 101), "\0"],
    PromoIds: ["x", "", "1,,2", "0", "-1", "1.5", "9" * 20, "1,2,3,4,5,6,7", "\0"],
}


def in_body(field: fields.Field[Any]) -> list[Any]:
    """Values that the field refuses in JSON."""
    nothing = [] if field.allow_none else [None]
    return [*_known(field, BODY), *nothing, *_beyond(field)]


def in_query(field: fields.Field[Any]) -> list[str]:
    """Texts that the field refuses in a query string."""
    return [*_known(field, QUERY), *map(str, _beyond(field))]


def _known(field: fields.Field[Any], values: dict[type[fields.Field[Any]], list[Any]]) -> list[Any]:
    for kind in type(field).__mro__:
        if kind in values:
            return values[kind]
    raise AssertionError(f"say in {__name__} what a {type(field).__name__} refuses")


def _beyond(field: fields.Field[Any]) -> list[Any]:
    """Values of the right type that the field's own rules leave out."""
    found: list[Any] = []
    for rule in field.validators:
        if isinstance(rule, validate.Range):
            found += [rule.min - 1] if rule.min is not None else []
            found += [rule.max + 1] if rule.max is not None else []
        if isinstance(rule, validate.Length):
            found += [""] if rule.min else []
            found += ["   "] if rule.min and isinstance(field, schemas.Text) else []
            found += ["x" * (rule.max + 1)] if rule.max else []
        if isinstance(rule, validate.OneOf):
            found += ["sideways", ""]
    return found
