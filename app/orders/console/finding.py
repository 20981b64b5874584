"""What the console's search finds of orders."""

import re
from collections.abc import Sequence

from flask import current_app, url_for

from app.core import money
from app.core.panels import PANELS, Finder, Hit
from app.core.web import settings_of
from app.orders import queries
from app.orders.console.presentation import STATUSES

# A reference as it is written, or enough of its letters that it is hardly a word.
REFERENCE = re.compile(r"(?:ORD-)([0-9A-F]{0,12})|([0-9A-F]{4,12})", re.IGNORECASE)
MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask."""
    PANELS.finders["orders"] = Finder("Orders", "receipt", 10, _found)


def _found(text: str) -> Sequence[Hit]:
    written = REFERENCE.fullmatch(text)
    if written is None:
        return ()
    letters = (written[1] or written[2] or "").upper()
    currency = settings_of(current_app).currency
    return [
        Hit(
            order.reference,
            f"{STATUSES[order.status][0]} · {money.show(order.total, currency)} · {order.username}",
            url_for("orders_console.orders.detail", order_id=order.id),
        )
        for order in queries.referred(f"ORD-{letters}", most=MOST)
    ]
