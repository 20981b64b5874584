"""What the home page says of products."""

from collections.abc import Iterator

from flask import url_for

from app.core.pagination import capped
from app.core.panels import PANELS, Attention, Count, Step
from app.inventory import queries
from app.inventory.queries import ProductFilter

INDEX = "inventory_console.products.index"


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["products"] = lambda: list(_low())
    PANELS.counts["products"] = _count
    PANELS.steps["products"] = _step


def _low() -> Iterator[Attention]:
    if low := queries.low_count():
        title = "1 product is low" if low == 1 else f"{capped(low)} products are low"
        url = url_for(INDEX, low_stock="true", is_active="true", ordering="scarcest")
        yield Attention(title, "Fewer units are available than the threshold.", url, "Look into it")


def _count() -> Count:
    return Count("Products", capped(queries.count(ProductFilter())), url_for(INDEX))


def _step() -> Step:
    return Step("Add a product", queries.count(ProductFilter()) > 0, url_for(INDEX), 20)
