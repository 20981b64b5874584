"""The list of customers, one customer, and what takes no form."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import csvs, htmx
from app.core.access import requires
from app.core.pagination import COUNTED_TO, capped
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


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of customers."""
    which, filters = _asked()
    page = queries.page(which, ordering=filters["ordering"], limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    facts: dict[str, Any] = {"total": capped(queries.count(which)), "segments": segment_queries.everything()}
    edit = presentation.can_edit()
    return htmx.render("customers/index.html", "list", page=htmx.listed(page), filters=filters, can_edit=edit, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
def export() -> Response:
    """The first 10,000 of the filtered list as CSV."""
    which, filters = _asked()
    rows = presentation.csv_rows(queries.everyone(which, ordering=filters["ordering"], limit=COUNTED_TO))
    return csvs.attachment("customers.csv", presentation.CSV_HEADER, rows)


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
    asked = {name: request.args.get(name, "") for name in ("q", "segment_id", "is_active", "ordering")}
    segment_id = asked["segment_id"] if asked["segment_id"].isdecimal() and len(asked["segment_id"]) < 19 else ""
    filters = {"q": asked["q"].replace("\0", "")[:100], "segment_id": segment_id}
    filters["is_active"] = asked["is_active"] if asked["is_active"] in {"true", "false"} else ""
    filters["ordering"] = asked["ordering"] if asked["ordering"] in queries.ORDERINGS else "newest"
    active = {"true": True, "false": False}.get(filters["is_active"])
    return CustomerFilter(filters["q"].strip(), int(segment_id) if segment_id else None, active), filters


def _count() -> Count:
    return Count("Customers", capped(queries.count(CustomerFilter())), url_for("customers_console.customers.index"))


PANELS.counts["customers"] = _count
