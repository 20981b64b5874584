"""The audit log, filtered and exported, and one entry with what it changed."""

from typing import Any

from flask import Blueprint, Response, current_app, request

from app.audit import queries
from app.audit.console import presentation
from app.audit.queries import AuditFilter
from app.core import csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.core.web import settings_of

blp = Blueprint("audit_console", __name__, url_prefix="/console/audit")

PANELS.navigation["audit"] = NavItem("Audit", "audit_console.index", "audit", "a", 95, group="Operations")
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
@unit("report")
def index() -> Response:
    """What was done lately."""
    which, filters = _asked()
    page = queries.page(which, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    facts: dict[str, Any] = {"total": capped(queries.count(which)), "sources": presentation.SOURCES}
    return htmx.render("audit/index.html", "list", page=htmx.listed(page), filters=filters, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV, sent while it is read."""
    which, _ = _asked()
    rows = presentation.csv_rows(queries.everything(which))
    return csvs.streamed("audit.csv", presentation.CSV_HEADER, rows, queries.count(which, most=None))


@blp.get("/<id:entry_id>")
@requires(Role.VIEWER)
def detail(entry_id: int) -> Response:
    """One entry and what it changed."""
    entry = queries.entry(entry_id)
    return htmx.render("audit/detail.html", "content", entry=entry, sources=presentation.SOURCES)


def _asked() -> tuple[AuditFilter, dict[str, str]]:
    return presentation.asked(request.args, settings_of(current_app).business_zone)
