"""What offers, activations and subscriptions take and give in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Flag, Integer, ListQuery, Moment, Money, QueryFlag, QueryInteger, Schema, Text
from app.offers.queries.offers import ORDERINGS
from app.offers.rules import MOST_DAYS, STATUSES, SUBSCRIPTION_STATUSES

MONEY: dict[str, Any] = {"type": "string", "example": "19.90"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
PRICE, DAYS, ID = validate.Range(min=Decimal("0.01")), validate.Range(1, MOST_DAYS), validate.Range(min=1)
STAFF_ONLY = {"description": "Staff only: whose. A customer sees their own."}


class OfferIn(Schema):
    """An offer to make."""

    name = Text(required=True, validate=validate.Length(1, 100))
    description = Text(load_default="", validate=validate.Length(max=10_000))
    price = Money(required=True, validate=PRICE, metadata=MONEY)
    duration_days = Integer(required=True, validate=DAYS, metadata={"description": "Days of 24 hours."})
    is_active = Flag(load_default=True)


class OfferPatch(Schema):
    """What to change of an offer; what was activated stays as it was."""

    name = Text(validate=validate.Length(1, 100))
    description = Text(validate=validate.Length(max=10_000))
    price = Money(validate=PRICE, metadata=MONEY)
    duration_days = Integer(validate=DAYS)
    is_active = Flag()


class OfferOut(Schema):
    """An offer."""

    id = Integer()
    name = Text()
    description = Text()
    price = Money(metadata=MONEY)
    duration_days = Integer()
    is_active = Flag()
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)


class OfferQuery(ListQuery):
    """Which offers, in which order."""

    q = Text(load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of the name."})
    is_active = QueryFlag(load_default=None, metadata={"description": "Staff only; customers see active offers."})
    ordering = Text(load_default="name", validate=validate.OneOf(list(ORDERINGS)))


class ActivationIn(Schema):
    """An offer to activate."""

    offer_id = Integer(required=True, validate=ID)
    repeat = Flag(
        load_default=False, metadata={"description": "Also while another activation of the same offer is in progress."}
    )


class AcceptedOut(Schema):
    """An activation that was asked for."""

    transaction_id = fields.UUID(attribute="id")
    status = Text(validate=validate.OneOf(STATUSES))


class ActivationStatusOut(Schema):
    """How far an activation is."""

    transaction_id = Text(metadata={"format": "uuid"})
    offer_id = fields.Integer()
    amount = Text(metadata=MONEY)
    status = Text(validate=validate.OneOf(STATUSES))
    created_at = Text(metadata=MOMENT)
    updated_at = Text(metadata=MOMENT)


class ActivatedOfferOut(Schema):
    """An offer as it was when it was activated."""

    id = Integer(attribute="offer_id")
    name = Text(attribute="offer_name")
    duration_days = Integer()


class TransactionOut(Schema):
    """An activation, with what it cost and what became of it."""

    transaction_id = fields.UUID(attribute="id")
    customer_id = Integer(attribute="user_id")
    offer = fields.Nested(ActivatedOfferOut)
    amount = Money(metadata=MONEY)
    currency = Text()
    status = Text(validate=validate.OneOf(STATUSES))
    reason = Text(attribute="end_reason", metadata={"description": "Why it failed, or what an operator noted."})
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)
    completed_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)
    stuck_since = Moment(
        attribute="stuck_at",
        allow_none=True,
        metadata=MAYBE_MOMENT | {"description": "Since when it waits for an operator, should it do so."},
    )


class TransactionQuery(ListQuery):
    """Which transactions."""

    status = Text(load_default=None, validate=validate.OneOf(STATUSES))
    offer_id = QueryInteger(load_default=None, validate=ID)
    customer_id = QueryInteger(load_default=None, validate=ID, metadata=STAFF_ONLY)
    stuck = QueryFlag(load_default=None, metadata={"description": "Only those that wait for an operator, or the rest."})


class EndingIn(Schema):
    """Why an operator ends a transaction."""

    note = Text(required=True, validate=validate.Length(1, 200), metadata={"description": "The customer reads it."})


class SubscriptionOut(Schema):
    """The time that an activation is for."""

    transaction_id = fields.UUID()
    customer_id = Integer(attribute="user_id")
    offer = fields.Nested(ActivatedOfferOut)
    status = Text(validate=validate.OneOf(SUBSCRIPTION_STATUSES))
    starts_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)
    ends_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)
    created_at = Moment(metadata=MOMENT)


class SubscriptionQuery(ListQuery):
    """Which subscriptions."""

    expiring_in_days = QueryInteger(
        load_default=None,
        validate=validate.Range(0, MOST_DAYS),
        metadata={"description": "Only those whose time is over within so many days, the next to end first."},
    )
    customer_id = QueryInteger(load_default=None, validate=ID, metadata=STAFF_ONLY)
