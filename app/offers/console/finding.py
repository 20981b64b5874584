"""What the console's search finds of offers."""

from collections.abc import Sequence

from flask import current_app, url_for

from app.core.money import show
from app.core.panels import PANELS, Finder, Hit
from app.core.web import settings_of
from app.offers.queries import offers as queries

MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask."""
    PANELS.finders["offers"] = Finder("Offers", "gift", 45, _found)


def _found(text: str) -> Sequence[Hit]:
    found = []
    for row in queries.called(text, most=MOST):
        days = "1 day" if row.duration_days == 1 else f"{row.duration_days:,} days"
        detail = f"{show(row.price, settings_of(current_app).currency)} · {days}"
        detail += "" if row.is_active else " · inactive"
        found.append(Hit(row.name, detail, url_for("offers_console.offers.detail", offer_id=row.id)))
    return found
