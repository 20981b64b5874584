"""What the console's search finds of stores."""

from collections.abc import Sequence

from flask import url_for

from app.core.panels import PANELS, Action, Finder, Hit
from app.stores import queries

MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask, and what it can offer."""
    PANELS.finders["stores"] = Finder("Stores", "store", 50, _found)
    PANELS.actions["stores.new"] = Action("New store", "stores_console.new")


def _found(text: str) -> Sequence[Hit]:
    return [
        Hit(
            row.name,
            row.timezone if row.is_active else f"{row.timezone} · inactive",
            url_for("stores_console.detail", store_id=row.id),
        )
        for row in queries.called(text, most=MOST)
    ]
