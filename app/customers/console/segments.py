"""The list of segments, one segment, and what takes no form."""

from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import filters, htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.panels import PANELS, Count, NavItem, Step
from app.core.roles import Role
from app.customers.console import presentation
from app.customers.queries import audience
from app.customers.queries import customers as customer_queries
from app.customers.queries import segments as queries
from app.customers.queries.customers import CustomerFilter
from app.customers.queries.segments import SegmentFilter
from app.customers.service import segments as service

blp = Blueprint("segments", __name__, url_prefix="/segments")

PANELS.navigation["segments"] = NavItem(
    "Segments", "customers_console.segments.index", "segment", "e", 51, group="Customers"
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of segments."""
    which, asked = _asked()
    page = queries.page(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    facts: dict[str, Any] = {
        "total": capped(queries.count(which)),
        "used": queries.used_by([row.id for row in page.rows]),
    }
    edit = presentation.can_edit()
    return htmx.render("segments/index.html", "list", page=htmx.listed(page), filters=asked, can_edit=edit, **facts)


@blp.get("/<id:segment_id>")
@requires(Role.VIEWER)
def detail(segment_id: int) -> Response:
    """One segment, who is in it now, and its history."""
    segment = queries.segment(segment_id)
    facts: dict[str, Any] = {
        "rules": presentation.worded(segment.rules, queries.store_names()) if segment.rules else None,
        "members": customer_queries.members(segment_id, limit=PAGE_SIZE, cursor=None) if not segment.rules else None,
        "preview": audience.preview(audience.in_any([segment_id])),
        "used": queries.used_by([segment_id]),
        "history": audit_queries.of_object("segment", segment_id),
        "can_edit": presentation.can_edit(),
    }
    return htmx.render("segments/detail.html", "content", segment=segment, **facts)


@blp.get("/<id:segment_id>/size")
@requires(Role.VIEWER)
def size(segment_id: int) -> str:
    """How many are in a segment now, for its line in the list."""
    queries.segment(segment_id)
    count = capped(customer_queries.count(CustomerFilter(segment_id=segment_id)))
    return render_template("segments/size.html", count=count)


@blp.post("/<id:segment_id>/delete")
@requires(Role.OPERATOR)
def delete(segment_id: int) -> AnyResponse:
    """Remove the segment."""
    service.delete_segment(segment_id=segment_id)
    flash("The segment is deleted.", "ok")
    return htmx.go(url_for("customers_console.segments.index"))


def _asked() -> tuple[SegmentFilter, dict[str, str]]:
    asked = filters.asked(request.args, orderings=queries.ORDERINGS, ordering="name")
    return SegmentFilter(q=asked["q"].strip()), asked


def _count() -> Count:
    return Count("Segments", capped(queries.count(SegmentFilter())), _home())


def _step() -> Step:
    return Step("Group customers in a segment", queries.count(SegmentFilter()) > 0, _home(), 30)


def _home() -> Any:
    return url_for("customers_console.segments.index")


PANELS.counts["segments"] = _count
PANELS.steps["segments"] = _step
