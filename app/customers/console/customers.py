"""The list of customers, one customer, and what takes no form."""

import re
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import csvs, filters, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.filters import FLAGS
from app.core.pagination import capped
from app.core.panels import PANELS, Count, NavItem
from app.core.roles import Role
from app.customers.console import presentation
from app.customers.queries import audience
from app.customers.queries import customers as queries
from app.customers.queries import segments as segment_queries
from app.customers.queries.customers import CustomerFilter
from app.customers.service import customers as service

blp = Blueprint("customers", __name__, url_prefix="/customers")

PANELS.navigation["customers"] = NavItem(
    "Customers", "customers_console.customers.index", "user", "c", 50, group="Customers"
)
PAGE_SIZE = 25
ID = re.compile(r"[1-9][0-9]{0,17}")


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of customers."""
    which, asked = _asked()
    page = queries.page(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    facts: dict[str, Any] = {"total": capped(queries.count(which)), "segments": segment_queries.everything()}
    edit = presentation.can_edit()
    return htmx.render("customers/index.html", "list", page=htmx.listed(page), filters=asked, can_edit=edit, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    which, asked = _asked()
    rows = presentation.csv_rows(queries.everyone(which, ordering=asked["ordering"]))
    return csvs.streamed("customers.csv", presentation.CSV_HEADER, rows, queries.count(which, most=None))


@blp.get("/<id:customer_id>")
@requires(Role.VIEWER)
def detail(customer_id: int) -> Response:
    """One customer, their segments and their history."""
    customer = queries.customer(customer_id)
    facts: dict[str, Any] = {
        "by_hand": segment_queries.named(customer.segment_ids),
        "by_rule": segment_queries.named(audience.ruled_segments_of(customer_id)),
        "history": presentation.history(customer_id),
        "parts": PANELS.parts_of_customer.values(),
        "can_edit": presentation.can_edit() and customer.anonymised_at is None,
    }
    return htmx.render("customers/detail.html", "content", customer=customer, **facts)


@blp.post("/<id:customer_id>/anonymise")
@requires(Role.OPERATOR)
def anonymise(customer_id: int) -> AnyResponse:
    """Delete what is personal of the customer."""
    service.anonymise_customer(customer_id=customer_id)
    flash("The customer is deleted; nothing personal is left.", "ok")
    return htmx.go(url_for("customers_console.customers.detail", customer_id=customer_id))


def _asked() -> tuple[CustomerFilter, dict[str, str]]:
    choices: dict[str, Any] = {"orderings": queries.ORDERINGS, "is_active": FLAGS}
    asked = filters.asked(request.args, ordering="newest", texts=("q", "segment_id"), **choices)
    text = asked["segment_id"] = asked["segment_id"] if ID.fullmatch(asked["segment_id"]) else ""
    return CustomerFilter(asked["q"].strip(), int(text) if text else None, FLAGS.get(asked["is_active"])), asked


def _count() -> Count:
    return Count("Customers", capped(queries.count(CustomerFilter())), url_for("customers_console.customers.index"))


PANELS.counts["customers"] = _count
