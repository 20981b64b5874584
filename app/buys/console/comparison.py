"""Two to six promos side by side."""

from typing import Any

from flask import Response, request

from app.buys.console import presentation
from app.buys.console.analytics import blp
from app.buys.service import analytics
from app.core import csvs, filters, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.roles import Role


@blp.get("/promos")
@requires(Role.VIEWER)
@unit("report")
def compare() -> Response:
    """The chosen promos, one a column."""
    ids = _chosen()
    facts: dict[str, Any] = {
        "ids": ids,
        "found": analytics.compared(ids) if ids else [],
        "most": analytics.COMPARED_AT_MOST,
    }
    return htmx.render("analytics/promos.html", "list", words=presentation, **facts)


@blp.get("/promos.csv")
@requires(Role.VIEWER)
@unit("report")
def export_comparison() -> Response:
    """The chosen promos as CSV, one a row."""
    rows = ([row[name] for name in analytics.COMPARISON] for row in analytics.compared(_chosen()))
    return csvs.attachment("promos-compared.csv", analytics.COMPARISON, rows)


def _chosen() -> list[int]:
    """The promos that the address names, each once: one by one, or several in a field."""
    texts = " ".join(request.args.getlist("promo_id")).replace(",", " ").split()
    ids = [filters.number(text) for text in texts]
    return list(dict.fromkeys(number for number in ids if number))[: analytics.COMPARED_AT_MOST]
