"""What the home page says of orders."""

from collections.abc import Iterator

from flask import current_app, url_for

from app.core.pagination import capped
from app.core.panels import PANELS, Attention, Count
from app.core.web import settings_of
from app.orders import queries
from app.orders.queries import OrderFilter

INDEX = "orders_console.orders.index"


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["orders"] = lambda: list(_in_review())
    PANELS.counts["orders"] = lambda: Count("Orders", capped(_count(OrderFilter())), url_for(INDEX))


def _in_review() -> Iterator[Attention]:
    if waiting := _count(OrderFilter(status="PENDING", payment_status="review")):
        title = "1 payment is in review" if waiting == 1 else f"{capped(waiting)} payments are in review"
        detail = "Another amount came in than the order costs. Record the right payment, or cancel the order."
        url = url_for(INDEX, status="PENDING", payment_status="review")
        yield Attention(title, detail, url, "Look into it", "error")


def _count(which: OrderFilter) -> int:
    return queries.count(which, zone=settings_of(current_app).business_zone)
