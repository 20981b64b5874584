"""What orders refuse."""

from app.core.errors import AppError


class OrderNotFound(AppError):
    """There is no such order of yours."""

    status = 404
    code = "order_not_found"
    detail = "There is no order {order_id}."


class IllegalTransition(AppError):
    """An order cannot go from its present status to that one. `allowed` lists where it can go."""

    status = 409
    code = "illegal_transition"
    detail = "The order is {order_status}; it cannot become {wanted}."


class TooManyUnpaid(AppError):
    """You have as many unpaid orders as one customer may have. Pay or cancel one first."""

    status = 409
    code = "too_many_unpaid"
    detail = "{unpaid} orders wait for their payment; {most} may."


class OrderRateLimited(AppError):
    """You placed as many orders in the last minute as one customer may. Wait for the seconds in `Retry-After`."""

    status = 429
    code = "order_rate_limited"
    detail = "At most {most} orders a minute."


class ReferenceTaken(AppError):
    """The reference that was made for your order belongs to another one, which is rare. Send it again."""

    status = 503
    code = "reference_taken"
    detail = "Send the order again."
    retry_after = 1
    constraint = "uq_orders_reference"


class OrderNotPayable(AppError):
    """The order does not wait for a payment."""

    status = 409
    code = "order_not_payable"
    detail = "The order is {order_status} and {payment_status}."


class AmountMismatch(AppError):
    """A payment that is recorded by hand has to be the whole total."""

    status = 422
    code = "amount_mismatch"
    detail = "The order costs {total}; {amount} were recorded."
