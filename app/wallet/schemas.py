"""What the wallet takes and gives in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Integer, ListQuery, Moment, Money, ObjectQuery, QueryInteger, Schema, Text
from app.wallet.models import KINDS

MONEY: dict[str, Any] = {"type": "string", "example": "19.90"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
STAFF_ONLY = {"description": "Staff only: whose account. A customer sees their own."}


class MovementIn(Schema):
    """Money that comes in or goes out."""

    amount = Money(required=True, validate=validate.Range(min=Decimal("0.01")), metadata=MONEY)
    note = Text(
        required=True, validate=validate.Length(1, 200), metadata={"description": "How; the customer reads it too."}
    )


class MovementForm(MovementIn):
    """A movement as a form has it: what is asked for by this form counts once."""

    asked = fields.UUID(required=True)


class AccountQuery(ObjectQuery):
    """Whose account."""

    customer_id = QueryInteger(load_default=None, validate=validate.Range(min=1), metadata=STAFF_ONLY)


class EntriesQuery(ListQuery):
    """Whose statement."""

    customer_id = QueryInteger(load_default=None, validate=validate.Range(min=1), metadata=STAFF_ONLY)


class BalanceOut(Schema):
    """What a customer has."""

    customer_id = Integer()
    balance = Money(metadata=MONEY)
    currency = Text()
    version = Integer(metadata={"description": "How many entries the statement has."})
    updated_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)


class LedgerEntryOut(Schema):
    """A line of a statement."""

    id = Integer()
    customer_id = Integer(attribute="user_id")
    kind = Text(validate=validate.OneOf(KINDS))
    amount = Money(metadata=MONEY | {"description": "Negative when it went out."})
    currency = Text()
    balance_after = Money(metadata=MONEY)
    version = Integer(metadata={"description": "The number of the line."})
    subject = Text(metadata={"description": "What it is for, such as `activation:<transaction_id>`."})
    note = Text()
    created_at = Moment(attribute="at", metadata=MOMENT)
