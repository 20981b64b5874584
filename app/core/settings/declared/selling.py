"""Stock, reservations and orders."""

from dataclasses import dataclass

from app.core.settings.parsing import setting, text, whole


@dataclass(frozen=True, kw_only=True)
class Selling:
    """Stock, reservations and orders."""

    hold_seconds: int = setting("HOLD_SECONDS", whole(1, 86400), "600", "How long a reservation holds its units.")
    open_holds: int = setting("OPEN_HOLDS", whole(1, 10000), "10", "Open reservations that one customer may have.")
    hold_retention_days: int = setting(
        "HOLD_RETENTION_DAYS", whole(1, 3650), "90", "How long ended reservations are kept."
    )
    movement_retention_days: int = setting(
        "MOVEMENT_RETENTION_DAYS",
        whole(1, 3650),
        "365",
        "How long single stock movements and the keys of imported rows are kept; older ones are summed up.",
    )
    stock_mails_to: str = setting(
        "STOCK_MAILS_TO", text, "", "Address that is told when stock runs low. Empty: every active admin."
    )
    order_pay_minutes: int = setting(
        "ORDER_PAY_MINUTES", whole(1, 10080), "30", "How long an order waits for its payment before it is cancelled."
    )
    unpaid_orders: int = setting("UNPAID_ORDERS", whole(1, 10000), "5", "Unpaid orders that one customer may have.")
    orders_per_minute: int = setting(
        "ORDERS_PER_MINUTE", whole(1, 1000000), "5", "Orders that one customer may place in a minute."
    )
    order_attempts_per_minute: int = setting(
        "ORDER_ATTEMPTS_PER_MINUTE",
        whole(1, 1000000),
        "60",
        "Tries to order that one customer has in a minute, refused ones too, in each web process.",
    )
