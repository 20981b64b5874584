"""What inventory refuses."""

from app.core.errors import AppError


class ProductNotFound(AppError):
    """There is no such product, or it is not sold and you are not staff."""

    status = 404
    code = "product_not_found"
    detail = "There is no product {product_id}."


class SkuTaken(AppError):
    """Another product has this SKU; upper and lower case make no difference."""

    status = 409
    code = "sku_taken"
    detail = "Another product has this SKU."
    constraint = "uq_products_sku"


class InsufficientStock(AppError):
    """Less is free than was asked for. `available` says how much is; units that are held may come back."""

    status = 409
    code = "insufficient_stock"
    detail = "Of product {product_id}, {available} are available; {wanted} were asked for."


class StaleStock(AppError):
    """The total stock is not what you expected it to be. Look at the present `total_stock`, then decide."""

    status = 409
    code = "stale_stock"
    detail = "The total stock is {total_stock}, not {expected}."


class TooManyHolds(AppError):
    """You have as many open reservations as one customer may have. Complete or release one first."""

    status = 409
    code = "too_many_holds"
    detail = "{open} reservations are open; {most} are allowed."


class ReservationNotFound(AppError):
    """There is no such reservation of yours."""

    status = 404
    code = "reservation_not_found"
    detail = "There is no reservation {reservation_id}."


class ReservationEnded(AppError):
    """The reservation was completed or has expired, so it cannot be released."""

    status = 409
    code = "reservation_ended"
    detail = "The reservation is {reservation_status}."
