"""The zones of a sale room as HTML: the same for every viewer, with no token and no clock in them.

What only operators may do is hidden by the page around it and refused by the server. Countdowns are ticked by the
browser, so a zone changes when something happened and not because time went by.
"""

from flask import render_template

from app.console.console.presentation import Words
from app.console.queries.room import Room, room
from app.core.roles import Role
from app.core.streams import Stream, watchable

NAMES = (
    *("head", "stock", "seen", "holds", "figures", "course", "course_table", "refusals", "feed", "map", "map_table"),
    "works",
)


def zones(promo_id: int) -> dict[str, str]:
    """Every zone of the room by its name."""
    return drawn(room(promo_id))


def drawn(found: Room) -> dict[str, str]:
    """The zones of what was read."""
    words = Words(found)
    return {name: render_template(f"console/room/{name}.html", words=words, promo=found.promo) for name in NAMES}


watchable(Stream("promo", Role.VIEWER, zones))
