"""Reservations: who holds what for how long, and giving it back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem, Part, Tab
from app.core.roles import Role
from app.inventory import queries
from app.inventory.console import presentation
from app.inventory.queries import HoldFilter
from app.inventory.service import holds as service

blp = Blueprint("reservations", __name__, url_prefix="/reservations")

PANELS.navigation["reservations"] = NavItem(
    "Reservations", "inventory_console.reservations.index", "clock", "r", 34, group="Catalogue"
)
PANELS.reservations["shelf"] = Tab("From the shelf", "inventory_console.reservations.index")
PANELS.parts_of_customer["reservations"] = Part(
    "Open reservations",
    lambda customer: url_for("inventory_console.reservations.index", customer=customer.username, status="held"),
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of reservations."""
    which, asked = _asked()
    cursor = request.args.get("cursor") or None
    page = queries.hold_page(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=cursor)
    facts: dict[str, Any] = {name: capped(queries.hold_count(which, live=name == "live")) for name in ("total", "live")}
    return htmx.render("reservations/index.html", "list", page=htmx.listed(page), filters=asked, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    which, asked = _asked()
    rows = presentation.hold_rows(queries.all_holds(which, ordering=asked["ordering"]))
    return csvs.streamed("reservations.csv", presentation.HOLD_HEADER, rows, queries.hold_count(which, most=None))


@blp.post("/<uuid:reservation_id>/release")
@requires(Role.OPERATOR)
def release(reservation_id: UUID) -> AnyResponse:
    """Give one back."""
    service.release(hold_id=reservation_id, user_id=None)
    return _told("The reservation is released.")


@blp.post("/release")
@requires(Role.OPERATOR)
def release_many() -> AnyResponse:
    """Give back the ticked ones, or all live ones of the filter."""
    which, _ = _asked()
    return _told(str(service.release_many(which=which, ids=bulk.chosen(request.form, UUID))))


def _told(sentence: str) -> AnyResponse:
    _, asked = _asked()
    flash(sentence, "ok")
    return htmx.go(url_for("inventory_console.reservations.index", **presentation.given(asked)))


def _asked() -> tuple[HoldFilter, dict[str, str]]:
    return presentation.holds_asked(request.args)
