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

# What an unpaid order is, and what one is that was paid: no other status goes with the state of a payment.
_UNPAID, _PAID = ("PENDING", "CANCELLED"), ("CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")
STATUSES_WITH = dict.fromkeys(("unpaid", "failed", "review"), _UNPAID) | dict.fromkeys(
    ("paid", "partially_refunded", "refunded"), _PAID
)


def payment_status_of(*, total: object, refunded: object) -> str:
    """The payment status of a paid order of which so much was paid back."""
    if not refunded:
        return "paid"
    return "refunded" if refunded == total else "partially_refunded"
