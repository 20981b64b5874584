"""What a provider says, in the words of the generic protocol."""

from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, post_load, validate

from app.core.schemas import Money, Schema, Text
from app.payments.service.inbox import Told

NAME = validate.Length(1, 255)
STATUSES = "success, failed, refunded, or refund_failed with its refund_id; any other is kept for people to look at."


class WebhookIn(Schema):
    """What a provider says happened to a payment; what else it sends is kept, and read by nobody."""

    class Meta:
        """More fields are tolerated."""

        unknown = EXCLUDE

    event_id = Text(required=True, validate=NAME, metadata={"description": "The same as the header webhook-id."})
    reference = Text(required=True, validate=NAME, metadata={"description": "Of the order."})
    status = Text(
        required=True,
        validate=validate.Length(1, 50),
        metadata={"example": "success", "description": STATUSES},
    )
    amount = Money(
        required=True,
        validate=validate.Range(min=Decimal("0.01")),
        metadata={"type": "string", "example": "19.90", "description": "In major units."},
    )
    currency = Text(load_default=None, allow_none=True, validate=validate.Length(1, 10))
    payment_id = Text(load_default=None, allow_none=True, validate=NAME)
    refund_id = Text(load_default=None, allow_none=True, validate=NAME)

    @post_load
    def _told(self, data: dict[str, Any], **_: Any) -> Told:
        return Told(**data)
