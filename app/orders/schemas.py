"""What orders take and give in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Day, Integer, ListQuery, Moment, Money, QueryInteger, Ready, Schema, Text
from app.orders.queries import ORDERINGS
from app.orders.rules import PAYMENT_STATUSES, STATUSES

MOST_UNITS = 1_000_000_000
MOST_LINES = 100
MONEY: dict[str, Any] = {"type": "string", "example": "19.90"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


class ItemIn(Schema):
    """So many of a product."""

    product_id = Integer(required=True, validate=validate.Range(min=1))
    quantity = Integer(required=True, validate=validate.Range(1, MOST_UNITS))


class OrderIn(Schema):
    """What to order: products, or what own reservations hold."""

    items = fields.List(fields.Nested(ItemIn), validate=validate.Length(1, MOST_LINES))
    reservation_ids = fields.List(fields.UUID(), validate=validate.Length(1, MOST_LINES))
    customer_id = Integer(
        validate=validate.Range(min=1),
        metadata={"description": "Operators only: for whom. A customer orders for themselves."},
    )

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if ("items" in data) == ("reservation_ids" in data):
            raise ValidationError("Send either items or reservation_ids.", "items")


class ItemOut(Schema):
    """A line of an order, as it was when it was placed."""

    product_id = Integer()
    name = Text()
    quantity = Integer()
    unit_price = Money(metadata=MONEY)
    subtotal = Money(metadata=MONEY)


class OrderOut(Schema):
    """An order."""

    id = fields.UUID()
    reference = Text()
    customer_id = Integer(attribute="user_id")
    status = Text(validate=validate.OneOf(STATUSES))
    payment_status = Text(validate=validate.OneOf(PAYMENT_STATUSES))
    total = Money(metadata=MONEY)
    refunded = Money(metadata=MONEY)
    currency = Text()
    items = Ready(fields.Nested(ItemOut), attribute="lines")
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)
    pay_by = Moment(metadata=MOMENT)
    paid_at = Moment(allow_none=True, metadata=MOMENT)


class OrderQuery(ListQuery):
    """Which orders, in which order."""

    customer_id = QueryInteger(load_default=None, validate=validate.Range(min=1))
    status = Text(load_default=None, validate=validate.OneOf(STATUSES))
    start_date = Day(load_default=None, metadata={"description": "First business day of `created_at`."})
    end_date = Day(load_default=None, metadata={"description": "Last business day, included."})
    min_total = Money(load_default=None, metadata=MONEY)
    max_total = Money(load_default=None, metadata=MONEY)
    ordering = Text(load_default="newest", validate=validate.OneOf(list(ORDERINGS)))


class OrderPatch(Schema):
    """The next status."""

    status = Text(required=True, validate=validate.OneOf(STATUSES))


class PaymentIn(Schema):
    """A payment that an operator received."""

    amount = Money(metadata=MONEY | {"description": "The whole total; may be left out."})
    note = Text(required=True, validate=validate.Length(1, 200), metadata={"description": "How it was paid."})


class RefundIn(Schema):
    """What to pay back."""

    amount = Money(
        validate=validate.Range(min=Decimal("0.01")), metadata=MONEY | {"description": "Left out: all that is left."}
    )
    reason = Text(required=True, validate=validate.Length(1, 200))


class PaymentForm(PaymentIn):
    """A payment as a form has it: the amount is typed."""

    amount = Money(required=True)


class RefundForm(RefundIn):
    """A refund as a form has it: the amount is typed, and what is asked for by this form counts once."""

    amount = Money(required=True, validate=validate.Range(min=Decimal("0.01")))
    asked = fields.UUID(required=True)


class RefundOut(Schema):
    """Money on its way back, or there."""

    id = fields.UUID()
    amount = Money(metadata=MONEY)
    reason = Text()
    state = Text(validate=validate.OneOf(["requested", "succeeded", "failed"]))
    error = Text(allow_none=True)
    actor_name = Text()
    created_at = Moment(metadata=MOMENT)
    ended_at = Moment(allow_none=True, metadata=MOMENT)


class StepOut(Schema):
    """A step in the history of an order."""

    step = Integer()
    at = Moment(metadata=MOMENT)
    kind = Text()
    status = Text()
    payment_status = Text()
    cause = Text()
    actor_id = Integer(allow_none=True)
    actor_name = Text()
    source = Text()


class NoteIn(Schema):
    """Something for the next operator."""

    text = Text(required=True, validate=validate.Length(1, 2000))


class NoteOut(Schema):
    """What an operator noted."""

    id = Integer()
    text = Text()
    author_id = Integer()
    author_name = Text()
    at = Moment(metadata=MOMENT)


class CheckoutOut(Schema):
    """Where an order is paid."""

    provider = Text()
    checkout_url = Text()
    expires_at = Moment(attribute="checkout_expires_at", metadata=MOMENT)
