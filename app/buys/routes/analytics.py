"""`/analytics`: what became of promos in some business days, as JSON and as files."""

from typing import Any

from flask import Response, current_app

from app.buys.schemas.analytics import EXAMPLE, AnalyticsOut, AnalyticsQuery, ComparedQuery, ComparisonOut, ExportQuery
from app.buys.service import analytics, choosing
from app.core import csvs, jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.roles import Role
from app.core.web import settings_of

blp = Blueprint("analytics", __name__, url_prefix="/api/v1/analytics", description="What became of promos.")
FILE = {"text/csv": {"schema": {"type": "string"}, "example": "step,count\r\nnotified,1200\r\nheld,340\r\n"}}


@blp.route("")
@blp.arguments(AnalyticsQuery, location="query")
@blp.response(200, AnalyticsOut, example=EXAMPLE)
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
@unit("report")
def show_analytics(query: dict[str, Any]) -> Response:
    """Show sales, funnel, refusals, lost demand and buyers of some business days, by the clock of the business."""
    settings, source = settings_of(current_app), query.pop("source")
    chosen = choosing.chosen(settings, **query)
    found = analytics.analysis(chosen.span, source=source, grain=chosen.grain)
    facts = choosing.described(chosen, settings) | {"source": source, "totals": found.totals}
    return json_response(jsons.dump(AnalyticsOut().dump(facts | found.tables)))


@blp.route("/export")
@blp.arguments(ExportQuery, location="query")
@blp.doc(responses={"200": {"description": "One table, sent while it is read.", "content": FILE}})
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
@unit("report")
def export_analytics(query: dict[str, Any]) -> Response:
    """Fetch one table of the analytics as a file: the same columns, up to 10,000 rows, and a series of any length."""
    source, table = query.pop("source"), query.pop("table")
    chosen = choosing.chosen(settings_of(current_app), **query)
    header = choosing.columns(source, table)
    rows = analytics.file_rows(chosen.span, table=table, source=source, grain=chosen.grain)
    return csvs.streamed(f"{table}.csv", header, rows)


@blp.route("/promos")
@blp.arguments(ComparedQuery, location="query")
@blp.response(200, ComparisonOut)
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
@unit("report")
def compare_promos(query: dict[str, Any]) -> Response:
    """Show promos side by side, in the order in which they are asked for; what is none is left out."""
    return json_response(jsons.dump({"data": analytics.compared(query["ids"])}))
