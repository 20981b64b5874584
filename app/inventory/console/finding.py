"""What the console's search finds of products."""

from collections.abc import Sequence

from flask import url_for

from app.core.panels import PANELS, Action, Finder, Hit
from app.inventory import queries

MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask, and what it can offer."""
    PANELS.finders["products"] = Finder("Products", "box", 30, _found)
    PANELS.actions["products.new"] = Action("New product", "inventory_console.products.new")
    PANELS.actions["products.import"] = Action(
        "Import stock from CSV", "inventory_console.products.choose_file", "download"
    )


def _found(text: str) -> Sequence[Hit]:
    return [
        Hit(
            row.name,
            f"{row.sku} · {row.store_name} · {row.available_stock:,} available",
            url_for("inventory_console.products.detail", product_id=row.id),
        )
        for row in queries.called(text, most=MOST)
    ]
