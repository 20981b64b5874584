"""What customers and segments refuse."""

from app.core.errors import AppError


class CustomerNotFound(AppError):
    """There is no such customer; staff are none."""

    status = 404
    code = "customer_not_found"
    detail = "There is no such customer."
    constraint = "fk_stock_holds_user_id"  # what the database says when units are held for nobody


class CustomerGone(AppError):
    """The customer was deleted: nothing personal is left, and nothing can be changed any more."""

    status = 409
    code = "customer_anonymised"
    detail = "Customer {customer_id} was deleted; nothing of them can be changed any more."


class NotACustomer(AppError):
    """Only customers have a location and are notified; staff have neither to set."""

    status = 409
    code = "not_a_customer"
    detail = "Only customers have a location and opt-ins; your role is {role}."


class SegmentNotFound(AppError):
    """There is no such segment."""

    status = 404
    code = "segment_not_found"
    detail = "There is no segment {segment_id}."


class SegmentNameTaken(AppError):
    """Another segment has this name; upper and lower case make no difference."""

    status = 409
    code = "segment_name_taken"
    detail = "Another segment has this name."
    constraint = "uq_segments_name"


class SegmentKindFixed(AppError):
    """A segment has rules or members that are put in by hand, and stays so. Make another one for the other kind."""

    status = 409
    code = "segment_kind_fixed"
    detail = "This segment {kind}, and stays so; make another one."


class SegmentHasRules(AppError):
    """The rules of this segment decide who is in it; nobody is put in or taken out by hand."""

    status = 409
    code = "segment_has_rules"
    detail = "The rules of segment {segment_id} decide who is in it."
