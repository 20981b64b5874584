"""What promos take and give in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Flag, Integer, ListQuery, Moment, Money, Number, QueryFlag, QueryInteger, Schema, Text
from app.promos.queries import ORDERINGS
from app.promos.rules import ANNOUNCEMENTS, HOLD_STATES, STATUSES

MOST_UNITS = 1_000_000_000
HALF_AROUND_KM = 20_038
MONEY: dict[str, Any] = {"type": "string", "example": "9.90"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
POSITIVE = validate.Range(min=1)
SEGMENTS = validate.Length(max=100)


class PromoPatch(Schema):
    """What to change of a promo; which of it can be changed depends on its status."""

    product_id = Integer(validate=POSITIVE)
    promo_price = Money(validate=validate.Range(min=Decimal("0.01")), metadata=MONEY)
    starts_at = Moment(metadata=MOMENT)
    ends_at = Moment(metadata=MOMENT)
    audience = Text(validate=validate.OneOf(["all", "segments"]))
    segment_ids = fields.List(Integer(validate=POSITIVE), validate=SEGMENTS)
    max_distance_km = Number(
        allow_none=True,
        validate=validate.Range(0, HALF_AROUND_KM),
        metadata={"description": "How far from the store its buyers may be; null: anywhere."},
    )
    quantity = Integer(validate=validate.Range(1, MOST_UNITS))
    per_customer_limit = Integer(validate=validate.Range(1, MOST_UNITS))
    priority = Integer(
        validate=validate.Range(0, 9),
        metadata={"description": "Of promos that start together, the higher ones tell their customers first."},
    )
    is_active = Flag(metadata={"description": "true activates or resumes, false pauses."})


class PromoIn(PromoPatch):
    """A promo to plan; with `is_active` it is activated at once."""

    product_id = Integer(required=True, validate=POSITIVE)
    promo_price = Money(required=True, validate=validate.Range(min=Decimal("0.01")), metadata=MONEY)
    starts_at = Moment(required=True, metadata=MOMENT)
    ends_at = Moment(required=True, metadata=MOMENT)
    audience = Text(required=True, validate=validate.OneOf(["all", "segments"]))
    segment_ids = fields.List(Integer(validate=POSITIVE), load_default=(), validate=SEGMENTS)
    max_distance_km = Number(
        load_default=2.0,
        allow_none=True,
        validate=validate.Range(0, HALF_AROUND_KM),
        metadata={"description": "How far from the store its buyers may be; null: anywhere."},
    )
    quantity = Integer(load_default=1, validate=validate.Range(1, MOST_UNITS))
    per_customer_limit = Integer(load_default=1, validate=validate.Range(1, MOST_UNITS))
    priority = Integer(load_default=0, validate=validate.Range(0, 9))
    is_active = Flag(load_default=False)


class PromoForm(Schema):
    """A promo as the console's form holds it: its times stand as the clock of its store shows them."""

    product_id = Integer(required=True, validate=POSITIVE)
    promo_price = Money(required=True, validate=validate.Range(min=Decimal("0.01")))
    quantity = Integer(required=True, validate=validate.Range(1, MOST_UNITS))
    per_customer_limit = Integer(required=True, validate=validate.Range(1, MOST_UNITS))
    starts_at = Text(required=True)
    ends_at = Text(required=True)
    audience = Text(required=True, validate=validate.OneOf(["all", "segments"]))
    max_distance_km = Number(validate=validate.Range(0, HALF_AROUND_KM))
    priority = Integer(required=True, validate=validate.Range(0, 9))


class DuplicateIn(Schema):
    """When the copy runs; left out: in the next week at the same time."""

    starts_at = Moment(metadata=MOMENT)
    ends_at = Moment(metadata=MOMENT)

    @validates_schema
    def _both(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) == 1:
            raise ValidationError("Send both starts_at and ends_at, or neither.", "starts_at")


class PublicPromoOut(Schema):
    """A promo as everybody may see it."""

    id = Integer()
    product_id = Integer()
    product_name = Text()
    store_id = Integer()
    store_name = Text()
    price = Money(metadata=MONEY | {"description": "Without the promo."})
    promo_price = Money(metadata=MONEY)
    starts_at = Moment(metadata=MOMENT)
    ends_at = Moment(attribute="over_at", metadata=MOMENT)
    audience = Text()
    max_distance_km = fields.Float(allow_none=True)
    per_customer_limit = Integer()
    quantity = Integer()
    available_now = Integer(metadata={"description": "Units that are neither sold nor held."})
    status = Text(validate=validate.OneOf(STATUSES))
    server_time = Moment(metadata=MOMENT | {"description": "The clock that decides; count down against it."})


class EligiblePromoOut(PublicPromoOut):
    """A promo that the caller may buy from."""

    next_free_at = Moment(
        allow_none=True, metadata=MOMENT | {"description": "When the next hold lapses, if all units are held."}
    )


class PromoOut(PublicPromoOut):
    """A promo as those see it who run it."""

    segment_ids = fields.List(Integer())
    priority = Integer()
    is_active = fields.Function(
        lambda row: row.status not in {"draft", "paused", "ended"}, metadata={"type": "boolean"}
    )
    held = Integer()
    sold = Integer()
    activated_at = Moment(allow_none=True, metadata=MOMENT)
    paused_at = Moment(allow_none=True, metadata=MOMENT)
    ended_at = Moment(allow_none=True, metadata=MOMENT)
    archived_at = Moment(allow_none=True, metadata=MOMENT)
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)


class PromoQuery(ListQuery):
    """Which promos."""

    status = Text(load_default=None, validate=validate.OneOf(STATUSES))
    product_id = QueryInteger(load_default=None, validate=POSITIVE)
    store_id = QueryInteger(load_default=None, validate=POSITIVE)
    segment_id = QueryInteger(load_default=None, validate=POSITIVE)
    q = Text(load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of product or SKU."})
    archived = QueryFlag(load_default=False, metadata={"description": "Those that were put away, instead."})
    ordering = Text(load_default="-starts_at", validate=validate.OneOf(list(ORDERINGS)))


class RunningQuery(ListQuery):
    """Which of the promos that run now."""

    store_id = QueryInteger(load_default=None, validate=POSITIVE)
    product_id = QueryInteger(load_default=None, validate=POSITIVE)


class CustomerQuery(ListQuery):
    """Whose."""

    customer_id = QueryInteger(
        load_default=None,
        validate=POSITIVE,
        metadata={"description": "Staff only: whose. Customers ask for their own."},
    )


class RuleOut(Schema):
    """One rule, and whether it lets the customer buy."""

    rule = Text(metadata={"description": "The code of the refusal that it would be."})
    passed = Flag()
    figures = fields.Dict(metadata={"description": "What it was decided by."})


class EligibilityOut(Schema):
    """Whether a customer may have a unit now, rule by rule."""

    promo_id = Integer()
    customer_id = Integer()
    eligible = Flag(metadata={"description": "Every rule passes but for what others hold at this moment."})
    can_hold_now = Flag(metadata={"description": "Every rule passes."})
    rules = fields.List(fields.Nested(RuleOut))
    server_time = Moment(metadata=MOMENT)


class CheckOut(Schema):
    """One check of a promo."""

    check = Text(metadata={"description": "What it looks for, as a code."})
    result = Text(validate=validate.OneOf(["ok", "warning", "blocker"]))
    detail = Text()
    figures = fields.Dict(metadata={"description": "What it was decided by."})


class PreflightOut(Schema):
    """Every check of a promo: blockers are what the activation would refuse."""

    promo_id = Integer()
    promo_status = Text(validate=validate.OneOf(STATUSES))
    ready = Flag(metadata={"description": "Nothing blocks it."})
    checks = fields.List(fields.Nested(CheckOut))
    server_time = Moment(metadata=MOMENT)


class AudienceIn(PromoIn):
    """Whom a promo would be for."""

    class Meta(Schema.Meta):
        """What decides it."""

        fields = ("product_id", "audience", "segment_ids", "max_distance_km")


class TellableOut(Schema):
    """A customer whom a promo is for."""

    id = Integer()
    username = Text()
    first_name = Text()
    last_name = Text()


class AudienceOut(Schema):
    """How many customers a promo is for at this moment, and some of them."""

    customers = Integer()
    in_app = Integer(metadata={"description": "Those who are told in the shop."})
    email = Integer(metadata={"description": "Those who are told by mail: they want to be, at a verified address."})
    sample = fields.List(fields.Nested(TellableOut))
    server_time = Moment(metadata=MOMENT)


class AnnouncementOut(Schema):
    """How far the start of a promo is announced."""

    promo_id = Integer()
    state = Text(
        validate=validate.OneOf(ANNOUNCEMENTS),
        metadata={
            "description": "none: it has not begun; waiting: it is planned, or behind a promo of higher priority; "
            "stopped: the promo is paused or sold out."
        },
    )
    planned = Integer(allow_none=True, metadata={"description": "Customers, counted when it began."})
    told = Integer(metadata={"description": "Customers who were told by at least one channel."})
    by_channel = fields.Dict(metadata={"description": "How many were told in_app, how many by email."})
    suppressed = fields.Dict(metadata={"description": "How many were not told, by reason."})
    ranges = Integer(metadata={"description": "Batches of up to 1,000 customers."})
    ranges_done = Integer()
    started_at = Moment(allow_none=True, metadata=MOMENT)
    ended_at = Moment(allow_none=True, metadata=MOMENT)
    server_time = Moment(metadata=MOMENT)


class PromoReservationIn(Schema):
    """A unit to hold for a minute."""

    promo_id = Integer(required=True, validate=POSITIVE)
    customer_id = Integer(
        validate=POSITIVE, metadata={"description": "Operators only: for whom. A customer holds for themselves."}
    )


class PromoReservationOut(Schema):
    """A unit of a promo that is held."""

    id = fields.UUID()
    promo_id = Integer()
    customer_id = Integer(attribute="user_id")
    status = Text(validate=validate.OneOf(HOLD_STATES))
    price = Money(metadata=MONEY)
    order_id = fields.UUID(allow_none=True)
    expires_at = Moment(metadata=MOMENT)
    created_at = Moment(metadata=MOMENT)
    server_time = Moment(metadata=MOMENT | {"description": "The clock that decides; count down against it."})


class PromoReservationQuery(ListQuery):
    """Which promo reservations."""

    customer_id = QueryInteger(load_default=None, validate=POSITIVE)
    promo_id = QueryInteger(load_default=None, validate=POSITIVE)
    status = Text(load_default=None, validate=validate.OneOf(HOLD_STATES))
