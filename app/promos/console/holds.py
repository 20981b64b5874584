"""Promo reservations: who holds a unit for how many seconds, and giving it back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import capped
from app.core.panels import PANELS, Part, Tab
from app.core.roles import Role
from app.promos import queries
from app.promos.console import presentation
from app.promos.queries import PromoHoldFilter
from app.promos.service import holds as service

blp = Blueprint("holds", __name__, url_prefix="/reservations/promos")

HOME = "promos_console.holds.index"
PANELS.reservations["promos"] = Tab("Of promos", HOME)
PANELS.parts_of_customer["promo-reservations"] = Part(
    "Promo reservations", lambda customer: url_for(HOME, customer=customer.username)
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of promo reservations."""
    which, asked = _asked()
    cursor = request.args.get("cursor") or None
    page = queries.hold_page(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=cursor)
    facts: dict[str, Any] = {name: capped(queries.hold_count(which, live=name == "live")) for name in ("total", "live")}
    facts |= {"filters": asked, "words": presentation}
    return htmx.render("promos/holds.html", "list", page=htmx.listed(page), **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    which, asked = _asked()
    rows = presentation.hold_rows(queries.all_holds(which, ordering=asked["ordering"]))
    total = queries.hold_count(which, most=None)
    return csvs.streamed("promo-reservations.csv", presentation.HOLD_HEADER, rows, total)


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
    ticked = bulk.chosen(request.form, UUID)
    ids = queries.live_holds(which) if ticked is None else [*queries.hold_states(ticked, which)]
    return _told(str(service.release_many(ids=ids)))


def _told(sentence: str) -> AnyResponse:
    _, asked = _asked()
    flash(sentence, "ok")
    if asked["page"] and asked["promo_id"]:
        return htmx.go(url_for("promos_console.promos.detail", promo_id=int(asked["promo_id"])))
    given: dict[str, Any] = {name: text for name, text in asked.items() if text}
    return htmx.go(url_for(HOME, **given))


def _asked() -> tuple[PromoHoldFilter, dict[str, str]]:
    return presentation.holds_asked(request.args)
