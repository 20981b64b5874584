"""What the console's search finds of promos."""

from collections.abc import Sequence

from flask import url_for

from app.core.panels import PANELS, Action, Finder, Hit
from app.core.roles import Role
from app.promos import queries
from app.promos.console import presentation

MOST = 5


def hang_up() -> None:
    """Tell the search whom to ask, and what it can offer."""
    PANELS.finders["promos"] = Finder("Promos", "bolt", 40, _found)
    PANELS.actions["promos.new"] = Action("New promo", "promos_console.promos.new")
    PANELS.actions["promos.calendar"] = Action(
        "Promo calendar", "promos_console.promos.calendar", "clock", needs=Role.VIEWER
    )


def _found(text: str) -> Sequence[Hit]:
    found = []
    for row in queries.called(text.removeprefix("#"), most=MOST):
        begins, _ = presentation.window(row)
        detail = f"{presentation.STATUSES[row.status][0]} · {begins:%d %b %Y, %H:%M} {row.timezone} · {row.store_name}"
        url = url_for("promos_console.promos.detail", promo_id=row.id)
        found.append(Hit(f"{row.product_name} (promo {row.id})", detail, url))
    return found
