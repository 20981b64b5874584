"""The sale room: one sale on one screen, from its countdown to its results."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template

from app.console.console.presentation import Words
from app.console.console.zones import NAMES, drawn
from app.console.queries import room
from app.core import htmx
from app.core.access import requires
from app.core.roles import Role

blp = Blueprint("room", __name__, url_prefix="/live")


@blp.get("/<id:promo_id>")
@requires(Role.VIEWER)
def show(promo_id: int) -> Response:
    """The room; by htmx its zones, each for its place."""
    found = room(promo_id)
    facts: dict[str, Any] = {"promo": found.promo, "words": Words(found), "names": NAMES}
    template = "console/room/fresh.html" if htmx.wants_fragment() else "console/room.html"
    return make_response(render_template(template, **facts))


@blp.get("/<id:promo_id>/zones")
@requires(Role.VIEWER)
def fresh_zones(promo_id: int) -> Response:
    """The zones for a page that has lost its stream."""
    found = room(promo_id)
    return jsonify({"now": found.promo.server_time, "zones": drawn(found)})
