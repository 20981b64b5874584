"""What an order may become: the one table that the API, the console and the tests go by."""

STATUSES = ("PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")
PAYMENT_STATUSES = ("unpaid", "paid", "failed", "review", "partially_refunded", "refunded")

NEXT: dict[str, tuple[str, ...]] = {
    "PENDING": ("CONFIRMED", "CANCELLED"),
    "CONFIRMED": ("PROCESSING", "CANCELLED"),
    "PROCESSING": ("SHIPPED",),
    "SHIPPED": ("DELIVERED",),
    "DELIVERED": (),
    "CANCELLED": (),
}
# Only a payment confirms.
BY_HAND = {status: tuple(after for after in allowed if after != "CONFIRMED") for status, allowed in NEXT.items()}


def payment_status_of(*, total: object, refunded: object) -> str:
    """The payment status of a paid order of which so much was paid back."""
    if not refunded:
        return "paid"
    return "refunded" if refunded == total else "partially_refunded"
