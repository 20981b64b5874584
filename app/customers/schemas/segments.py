"""What `/segments` takes and gives; the rules are JSON of four types."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from app.core.schemas import Integer, ListQuery, Moment, Money, Number, Schema, Text
from app.customers.schemas import ID, MOMENT

ORDERINGS = ["name", "-name", "newest", "oldest"]
MATCHES = ["all", "any"]
MOST_RULES = 20
MOST_MEMBERS = 1000
DAYS = validate.Range(1, 36_500)
KM = validate.Range(0.01, 20_100)
CHEAPEST = validate.Range(min=Decimal("0.01"))
EXAMPLE = {
    "match": "all",
    "rules": [
        {"type": "joined_within", "days": 30},
        {"type": "ordered", "at_least": 3, "within_days": 90},
        {"type": "spent", "at_least": "100.00"},
        {"type": "near_store", "store_id": 1, "km": 5.0},
    ],
}


class JoinedWithin(Schema):
    """Joined within the last days."""

    type = Text(required=True)
    days = Integer(required=True, validate=DAYS)


class Ordered(Schema):
    """Has so many paid orders, the last of them within the last days."""

    type = Text(required=True)
    at_least = Integer(required=True, validate=validate.Range(1, 1_000_000))
    within_days = Integer(required=True, validate=DAYS)


class Spent(Schema):
    """Spent so much, net of refunds."""

    type = Text(required=True)
    at_least = Money(required=True, validate=CHEAPEST)

    @post_load
    def _as_kept(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        return values | {"at_least": str(values["at_least"])}


class NearStore(Schema):
    """Is within a distance of a store."""

    type = Text(required=True)
    store_id = Integer(required=True, validate=ID)
    km = Number(required=True, validate=KM)


KINDS: dict[str, type[Schema]] = {
    "joined_within": JoinedWithin,
    "ordered": Ordered,
    "spent": Spent,
    "near_store": NearStore,
}


def _documented(kind: str, **members: dict[str, Any]) -> dict[str, Any]:
    properties = {"type": {"type": "string", "const": kind}, **members}
    shape = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return shape | {"description": KINDS[kind].__doc__}


_DAYS = {"type": "integer", "minimum": DAYS.min, "maximum": DAYS.max}
DOCUMENTED = [
    _documented("joined_within", days=_DAYS),
    _documented("ordered", at_least={"type": "integer", "minimum": 1, "maximum": 1_000_000}, within_days=_DAYS),
    _documented("spent", at_least={"type": "string", "example": "100.00"}),
    _documented(
        "near_store",
        store_id={"type": "integer", "minimum": 1},
        km={"type": "number", "minimum": KM.min, "maximum": KM.max},
    ),
]


class Rule(fields.Field[dict[str, Any]]):
    """One rule: its `type` says which other members it has."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("Write a rule as an object with a type.")
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValidationError({"type": [f"There are: {', '.join(KINDS)}."]})
        rule: dict[str, Any] = KINDS[kind]().load(value)
        return rule


class Rules(Schema):
    """Who is in a segment: whoever all the rules match, or any of them."""

    match = Text(required=True, validate=validate.OneOf(MATCHES))
    rules = fields.List(Rule(metadata={"oneOf": DOCUMENTED}), required=True, validate=validate.Length(1, MOST_RULES))


WITH_RULES: dict[str, Any] = {"description": "Null: customers are put in by hand.", "example": EXAMPLE}


class SegmentPatch(Schema):
    """What to change of a segment; one with rules keeps having rules, a manual one stays manual."""

    name = Text(validate=validate.Length(1, 100))
    description = Text(validate=validate.Length(max=1000))
    rules = fields.Nested(Rules, allow_none=True, metadata=WITH_RULES)


class SegmentIn(SegmentPatch):
    """A segment to make."""

    name = Text(required=True, validate=validate.Length(1, 100), metadata={"description": "Unique without case."})
    description = Text(load_default="", validate=validate.Length(max=1000))
    rules = fields.Nested(Rules, load_default=None, allow_none=True, metadata=WITH_RULES)


class SegmentForm(Schema):
    """A segment as typed into a form, beside its rows of rules."""

    name = Text(required=True, validate=validate.Length(1, 100))
    description = Text(load_default="", validate=validate.Length(max=1000))
    match = Text(load_default="all", validate=validate.OneOf(MATCHES))


class SegmentOut(Schema):
    """A segment."""

    id = Integer()
    name = Text()
    description = Text()
    rules = fields.Nested(Rules, allow_none=True, metadata=WITH_RULES)
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)


class SegmentWholeOut(SegmentOut):
    """One segment, with what refers to it."""

    used_by = fields.Dict(
        keys=Text(), values=Integer(), metadata={"description": "How many rows of which tables refer to it."}
    )


class SegmentQuery(ListQuery):
    """Which segments, in which order."""

    q = Text(load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of the name."})
    ordering = Text(load_default="name", validate=validate.OneOf(ORDERINGS))


class MembersIn(Schema):
    """Customers to put into a manual segment; who is in it already stays."""

    customer_ids = fields.List(Integer(validate=ID), required=True, validate=validate.Length(1, MOST_MEMBERS))


class MembersOut(Schema):
    """What came of it."""

    added = Integer(metadata={"description": "How many were not in it before."})


class PreviewIn(Schema):
    """Rules to try out."""

    rules = fields.Nested(Rules, required=True, metadata={"example": EXAMPLE})


class SampleOut(Schema):
    """A customer as an example."""

    id = Integer()
    username = Text()
    first_name = Text()
    last_name = Text()


class PreviewOut(Schema):
    """Who is found now."""

    count = Integer(metadata={"description": "Active customers, exactly."})
    sample = fields.List(fields.Nested(SampleOut), metadata={"description": "Ten of them at most."})
    server_time = Moment(metadata=MOMENT)
