"""What the console's search finds of customers and segments."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.core.panels import PANELS, Action, Finder, Hit
from app.customers.queries import customers as queries
from app.customers.queries import segments

MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask, and what it can offer."""
    PANELS.finders["customers"] = Finder("Customers", "user", 20, _found)
    PANELS.finders["segments"] = Finder("Segments", "segment", 25, _segments)
    PANELS.actions["customers.new"] = Action("New customer", "customers_console.customers.new")
    PANELS.actions["segments.new"] = Action("New segment", "customers_console.segments.new")


def _found(text: str) -> Sequence[Hit]:
    return [
        Hit(row.username, _who(row), url_for("customers_console.customers.detail", customer_id=row.id))
        for row in queries.some(text, most=MOST)
    ]


def _segments(text: str) -> Sequence[Hit]:
    return [
        Hit(
            row.name,
            "by hand" if row.rules is None else "by rules",
            url_for("customers_console.segments.detail", segment_id=row.id),
        )
        for row in segments.called(text, most=MOST)
    ]


def _who(row: Any) -> str:
    return " · ".join(filter(None, (f"{row.first_name} {row.last_name}".strip(), row.email)))
