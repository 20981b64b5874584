"""The list of promos: by status, searched, exported, and many of them activated, paused or ended at once."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import COUNTED_TO, capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.customers.queries import segments
from app.promos import queries
from app.promos.console import presentation
from app.promos.errors import PromoIllegalTransition
from app.promos.service import many
from app.stores import queries as stores

blp = Blueprint("promos", __name__, url_prefix="/promos")

PANELS.navigation["promos"] = NavItem("Promos", "promos_console.promos.index", "bolt", "d", 18, group="Selling")
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of promos."""
    asked = presentation.asked(request.args)
    place: dict[str, Any] = {"ordering": asked.shown["ordering"], "cursor": request.args.get("cursor") or None}
    page = queries.page(asked.which, limit=PAGE_SIZE, **place)
    facts: dict[str, Any] = {"tabs": _tabs(asked), "segments": segments.everything(), "stores": stores.names()}
    facts |= {"names": presentation.segment_names(page.rows), "words": presentation}
    return htmx.render("promos/index.html", "list", page=htmx.listed(page), filters=asked.shown, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV."""
    asked = presentation.asked(request.args)
    rows = presentation.csv_rows(queries.everything(asked.which, ordering=asked.shown["ordering"]))
    return csvs.attachment("promos.csv", presentation.CSV_HEADER, rows)


@blp.post("/bulk")
@requires(Role.OPERATOR)
@unit("own")
def do_many() -> AnyResponse:
    """Do the same to the ticked promos, or to all of the filter."""
    asked, verb = presentation.asked(request.args), request.form.get("do", "")
    if verb not in many.ACTS:
        raise PromoIllegalTransition(promo_status="as it was", wanted=verb[:20], allowed=[*many.ACTS])
    flash(str(many.do_many(which=asked.which, ids=bulk.chosen(request.form, int), verb=verb)), "ok")
    return htmx.go(url_for("promos_console.promos.index", **asked.given))


def _tabs(asked: presentation.Asked) -> dict[str, str]:
    """How many there are of each status, of all, and of those that were put away."""
    there = replace(asked.which, status=None, archived=False)
    counts = queries.statuses(there)
    tabs = {"": min(sum(counts.values()), COUNTED_TO)}
    tabs |= {status: counts.get(status, 0) for status in presentation.STATUSES}
    tabs[presentation.ARCHIVED] = queries.count(replace(there, archived=True))
    return {status: capped(count) for status, count in tabs.items()}
