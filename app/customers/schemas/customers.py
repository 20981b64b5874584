"""What `/customers` takes and gives."""

from marshmallow import fields, validate

from app.core.schemas import (
    Email,
    Flag,
    Integer,
    ListQuery,
    Moment,
    Money,
    Number,
    PersonName,
    QueryFlag,
    QueryInteger,
    Schema,
    Text,
    Username,
)
from app.customers.schemas import ID, MAYBE_MOMENT, MOMENT, Coordinate, OwnFacts, SegmentIds

ORDERINGS = ["newest", "oldest"]
BY_HAND = {"description": "Manual segments that the customer was put into."}


class CustomerIn(OwnFacts):
    """A customer to make, who sets a password by the mail for a forgotten one."""

    username = Username(required=True)
    email = Email(required=True)
    first_name = PersonName()
    last_name = PersonName()
    segment_ids = SegmentIds(load_default=(), metadata=BY_HAND)


class CustomerPatch(OwnFacts):
    """What to change of a customer."""

    first_name = PersonName()
    last_name = PersonName()
    segment_ids = SegmentIds(metadata={"description": "All manual segments that the customer shall be in."})


class CustomerForm(OwnFacts):
    """The same as typed into a form, where what is left out is none."""

    first_name = PersonName(load_default="")
    last_name = PersonName(load_default="")
    latitude = Coordinate(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    longitude = Coordinate(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    in_app_opt_in = Flag(load_default=False)
    email_opt_in = Flag(load_default=False)


class NewCustomerForm(CustomerForm):
    """A customer to make, as typed into a form."""

    username = Username(required=True)
    email = Email(required=True)


class CustomerOut(Schema):
    """A customer."""

    id = Integer()
    username = Text()
    email = Text()
    email_verified = Flag()
    first_name = Text()
    last_name = Text()
    latitude = Number(allow_none=True)
    longitude = Number(allow_none=True)
    in_app_opt_in = Flag()
    email_opt_in = Flag()
    segment_ids = fields.List(Integer(), metadata=BY_HAND)
    orders = Integer(metadata={"description": "Paid orders."})
    spend = Money(metadata={"type": "string", "example": "19.90", "description": "Net of refunds."})
    last_order_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)
    last_notified_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)
    joined_at = Moment(metadata=MOMENT)
    is_active = Flag()
    anonymised_at = Moment(allow_none=True, metadata=MAYBE_MOMENT)


class CustomerWholeOut(CustomerOut):
    """One customer, with the segments whose rules match at this moment."""

    matching_segment_ids = fields.List(Integer(), metadata={"description": "Segments whose rules match now."})


class CustomerQuery(ListQuery):
    """Which customers, in which order."""

    q = Text(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={"description": "How the username, e-mail address, first or last name begins."},
    )
    segment_id = QueryInteger(
        load_default=None, validate=ID, metadata={"description": "Active customers who are in it now."}
    )
    is_active = QueryFlag(load_default=None)
    ordering = Text(load_default="newest", validate=validate.OneOf(ORDERINGS))
