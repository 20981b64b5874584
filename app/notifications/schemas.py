"""What notifications give in JSON."""

from typing import Any

from marshmallow import validate

from app.core.schemas import Integer, ListQuery, Moment, QueryFlag, QueryInteger, Schema, Text
from app.notifications.rules import KINDS

MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


class NotificationOut(Schema):
    """What a customer was told."""

    id = Integer()
    kind = Text(validate=validate.OneOf(KINDS))
    subject_id = Integer(metadata={"description": "What it is about: of `flash_promo`, the promo's id."})
    customer_id = Integer()
    title = Text()
    body = Text()
    created_at = Moment(metadata=MOMENT)
    read_at = Moment(allow_none=True, metadata=MOMENT)


class NotificationQuery(ListQuery):
    """Which notifications."""

    unread = QueryFlag(load_default=False, metadata={"description": "Only those that were not read yet."})
    customer_id = QueryInteger(
        load_default=None,
        validate=validate.Range(min=1),
        metadata={"description": "Staff: whose inbox, and needed. Customers read their own."},
    )


class ReadOut(Schema):
    """How many became read."""

    read = Integer()
