"""What the home page says of promos."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import url_for

from app.core.clock import lasting
from app.core.pagination import capped
from app.core.panels import PANELS, Attention, Count, Sale, Step
from app.promos import queries
from app.promos.console import presentation
from app.promos.queries import PromoFilter
from app.promos.service import preflight

INDEX = "promos_console.promos.index"
SOON = timedelta(minutes=15)
MOST_SALES = 5


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["promos"] = lambda: [item for row in queries.noteworthy(within=SOON) for item in _items(row)]
    PANELS.sales["promos"] = lambda: [_sale(row) for row in queries.on_sale(most=MOST_SALES)]
    PANELS.counts["promos"] = lambda: Count("Promos", capped(queries.count(PromoFilter())), url_for(INDEX))
    PANELS.steps["promos"] = lambda: Step("Plan a promo", queries.count(PromoFilter()) > 0, url_for(INDEX), 40)


def _items(row: Any) -> Iterator[Attention]:
    url, name = url_for("promos_console.promos.detail", promo_id=row.id), row.product_name
    if row.status == "draft":
        yield from _blocked(row, url)
    elif row.status == "paused":
        detail = f"It is to end in {_until(row, row.over_at)}. Nobody can buy from it meanwhile."
        yield Attention(f"{name} is paused", detail, url, "Look into it")
    else:
        yield Attention(f"{name} is sold out", f"{row.sold:,} units are sold.", url, "Look into it", "info")


def _blocked(row: Any, url: str) -> Iterator[Attention]:
    found = preflight.blockers(row.id)
    if found:
        detail = f"It is to start in {_until(row, row.starts_at)}. {found[0].detail}"
        yield Attention(f"{row.product_name} cannot start as it is", detail, url, "Mend it", "error")


def _sale(row: Any) -> Sale:
    url, begun = url_for("promos_console.promos.detail", promo_id=row.id), presentation.begun(row)
    until, verb = (row.over_at, "ends in") if begun else (row.starts_at, "starts in")
    state, units = presentation.STATUSES[row.status], presentation.bar(row)
    return Sale(row.product_name, row.store_name, url, state, units, until, verb, row.server_time, row)


def _until(row: Any, moment: Any) -> str:
    return lasting(int((moment - row.server_time).total_seconds()))
