"""The list of orders: by status, searched, exported, moved on many at once, and told of what came in since."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import COUNTED_TO, capped
from app.core.panels import PANELS, NavItem, Part
from app.core.roles import Role
from app.core.web import settings_of
from app.orders import queries
from app.orders.console import presentation
from app.orders.errors import IllegalTransition
from app.orders.service import many

blp = Blueprint("orders", __name__, url_prefix="/orders")

PANELS.navigation["orders"] = NavItem("Orders", "orders_console.orders.index", "receipt", "o", 20, group="Selling")
PANELS.parts_of_customer["orders"] = Part(
    "Orders", lambda customer: url_for("orders_console.orders.index", customer_id=customer.id)
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of orders."""
    asked, seen = presentation.asked(request.args), queries.now()
    place: dict[str, Any] = {"ordering": asked.shown["ordering"], "cursor": request.args.get("cursor") or None}
    page = queries.listing(asked.which, zone=_zone(), limit=PAGE_SIZE, **place)
    facts: dict[str, Any] = {"tabs": _tabs(asked), "seen": seen, "too_many": asked.too_many, "words": presentation}
    return htmx.render("orders/index.html", "list", page=htmx.listed(page), filters=asked.shown, **facts)


@blp.get("/news")
@requires(Role.VIEWER)
def news() -> Response:
    """How many orders of the filter came in since the page was made."""
    asked, since = presentation.asked(request.args), presentation.moment(request.args.get("since", ""))
    which = replace(asked.which, since=since)
    count = queries.count(which, zone=_zone()) if since else 0
    return make_response(render_template("orders/news.html", count=count, new=capped(count), filters=asked.shown))


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    asked = presentation.asked(request.args)
    rows = queries.everything(asked.which, zone=_zone(), ordering=asked.shown["ordering"])
    total = queries.count(asked.which, zone=_zone(), most=None)
    return csvs.streamed("orders.csv", presentation.CSV_HEADER, presentation.csv_rows(rows), total)


@blp.post("/bulk")
@requires(Role.OPERATOR)
def move_many() -> AnyResponse:
    """Bring the ticked orders, or all of the filter, one step on."""
    asked, wanted = presentation.asked(request.args), request.form.get("do", "")
    if wanted not in presentation.VERBS:
        raise IllegalTransition(order_status="as it was", wanted=wanted[:20], allowed=[*presentation.VERBS])
    ids = bulk.chosen(request.form, UUID)
    flash(str(many.move(which=asked.which, ids=ids, status=wanted, zone=_zone())), "ok")
    return htmx.go(url_for("orders_console.orders.index", **asked.given))


def _tabs(asked: presentation.Asked) -> dict[str, Any]:
    """How many there are of each status, and of all."""
    counts = queries.counts(asked.which, zone=_zone())
    every = min(sum(counts.values()), COUNTED_TO)
    return {"": capped(every)} | {status: capped(count) for status, count in counts.items()}


def _zone() -> str:
    return settings_of(current_app).business_zone
