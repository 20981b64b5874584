"""The list of offers: searched, exported, and many of them shown or hidden at once."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.errors import NothingChosen
from app.core.pagination import COUNTED_TO, capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.offers.console import presentation
from app.offers.queries import offers as queries
from app.offers.service import offers as service

blp = Blueprint("offers", __name__, url_prefix="/offers")

PANELS.navigation["offers"] = NavItem("Offers", "offers_console.offers.index", "gift", "v", 24, group="Selling")
PAGE_SIZE = 25
SWITCHES = {"activate": True, "deactivate": False}


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of offers."""
    asked = presentation.offers_asked(request.args)
    place: dict[str, Any] = {"ordering": asked.shown["ordering"], "cursor": request.args.get("cursor") or None}
    page = queries.page(asked.which, limit=PAGE_SIZE, **place)
    total = capped(queries.count(asked.which))
    return htmx.render("offers/index.html", "list", page=htmx.listed(page), filters=asked.shown, total=total)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV."""
    asked = presentation.offers_asked(request.args)
    rows = presentation.offer_rows(queries.everything(asked.which, ordering=asked.shown["ordering"]))
    return csvs.attachment("offers.csv", presentation.OFFER_HEADER, rows)


@blp.post("/bulk")
@requires(Role.OPERATOR)
def switch_many() -> AnyResponse:
    """Show the ticked offers, or all of the filter, to customers, or hide them."""
    asked = presentation.offers_asked(request.args)
    is_active, ticked = SWITCHES.get(request.form.get("do", "")), bulk.chosen(request.form, int)
    if is_active is None:
        raise NothingChosen
    ids = queries.matching(asked.which, limit=COUNTED_TO) if ticked is None else ticked
    flash(str(service.switch_offers(ids=ids, is_active=is_active)), "ok")
    return htmx.go(url_for("offers_console.offers.index", **asked.given))
