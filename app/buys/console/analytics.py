"""What became of promos in some days: figures, charts with their tables, and each table as a file."""

from typing import Any

from flask import Blueprint, Response, current_app, request

from app.buys.console import asking, charts, presentation
from app.buys.service import analytics, choosing
from app.core import csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.core.web import settings_of
from app.customers.queries import segments
from app.promos import queries as promos
from app.stores import queries as stores

blp = Blueprint("analytics", __name__, url_prefix="/analytics")

PANELS.navigation["analytics"] = NavItem("Analytics", "buys_console.analytics.index", "chart", "i", 28, group="Selling")


@blp.get("")
@requires(Role.VIEWER)
@unit("report")
def index() -> Response:
    """The figures of the range."""
    asked = asking.asked(request.args, settings_of(current_app))
    found = analytics.analysis(asked.span, source=asked.source, grain=asked.grain)
    before = analytics.summary(asked.earlier, source=asked.source, grain=asked.grain) if asked.earlier else None
    facts: dict[str, Any] = {"found": found, "before": before, "charts": charts.charts(asked, found, before)}
    return htmx.render("analytics/index.html", "list", asked=asked, words=presentation, **facts, **_choices(asked))


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """One table of the range as CSV."""
    asked, table = asking.asked(request.args, settings_of(current_app)), request.args.get("table", "series")
    header = choosing.columns(asked.source, table)
    rows = analytics.file_rows(asked.span, table=table, source=asked.source, grain=asked.grain)
    return csvs.streamed(f"{table}-{asked.span.first}-{asked.span.last}.csv", header, rows)


def _choices(asked: asking.Asked) -> dict[str, Any]:
    """What the filters offer: the promos of these days, every store and every segment."""
    offered = promos.between(asked.span.begins, asked.span.ends)
    choices = {"promos": offered, "stores": stores.names(), "segments": segments.everything()}
    return choices | {"any_promo": bool(offered) or promos.count(promos.PromoFilter()) > 0}
