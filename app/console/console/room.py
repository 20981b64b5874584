"""The sale room: one sale on one screen, from its countdown to its results."""

from typing import Any

from flask import Blueprint, render_template, url_for

from app.console.console.presentation import Words
from app.console.queries.room import room
from app.core.access import requires
from app.core.panels import PANELS, Part
from app.core.roles import Role

blp = Blueprint("room", __name__, url_prefix="/live")

PANELS.rooms["sale"] = Part("Sale room", lambda promo: url_for("console.room.show", promo_id=promo.id))


@blp.get("/<id:promo_id>")
@requires(Role.VIEWER)
def show(promo_id: int) -> str:
    """The room as it is now; from then on it watches the stream of its promo."""
    found = room(promo_id)
    facts: dict[str, Any] = {"promo": found.promo, "words": Words(found)}
    return render_template("console/room.html", **facts)
