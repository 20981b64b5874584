"""Activations: the list by status, exported and asked about many at once, and one with everything that came of it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.mail import queries as mail_queries
from app.offers.console import presentation
from app.offers.queries import activations as queries
from app.offers.queries import subscriptions
from app.offers.service import cases
from app.wallet import queries as wallet_queries

blp = Blueprint("activations", __name__, url_prefix="/activations")

PANELS.navigation["activations"] = NavItem(
    "Activations", "offers_console.activations.index", "retry", "t", 26, group="Selling"
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of activations."""
    asked = presentation.asked(request.args)
    place: dict[str, Any] = {"ordering": asked.shown["ordering"], "cursor": request.args.get("cursor") or None}
    page = queries.listing(asked.which, limit=PAGE_SIZE, **place)
    tabs = {status: capped(count) for status, count in presentation.tabs(asked).items()}
    facts: dict[str, Any] = {"tabs": tabs, "too_many": asked.too_many, "words": presentation}
    return htmx.render("activations/index.html", "list", page=htmx.listed(page), filters=asked.shown, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    asked = presentation.asked(request.args)
    rows = queries.everything(asked.which, ordering=asked.shown["ordering"])
    total = queries.count(asked.which, most=None)
    return csvs.streamed("activations.csv", presentation.CSV_HEADER, presentation.csv_rows(rows), total)


@blp.post("/bulk")
@requires(Role.OPERATOR)
def ask_many() -> AnyResponse:
    """Ask the partner now about the ticked activations, or about all of the filter."""
    asked = presentation.asked(request.args)
    ids = bulk.chosen(request.form, UUID)
    flash(str(cases.ask_many(which=asked.which, ids=ids)), "ok")
    return htmx.go(url_for("offers_console.activations.index", **asked.given))


@blp.get("/<uuid:transaction_id>")
@requires(Role.VIEWER)
def detail(transaction_id: UUID) -> Response:
    """One activation."""
    row = queries.with_customer(transaction_id)
    subject = f"activation:{transaction_id}"
    facts: dict[str, Any] = {
        "subscription": subscriptions.subscription(transaction_id),
        "ledger": wallet_queries.transfers_about(subject),
        "mails": mail_queries.about(f"{subject}:"),
        "history": audit_queries.of_object("activation", transaction_id),
    }
    return htmx.render("activations/detail.html", "content", activation=row, words=presentation, **facts)
