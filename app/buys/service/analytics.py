"""What became of promos in some business days: the shop's own sales, or what shops told of, as totals and tables.

Everything is asked when it is shown; nothing is kept. What shops told never enters a figure of own sales. A table has
the same columns and rows on the page, in JSON and as a file; a file may have more of them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from app.buys import queries
from app.buys.queries import Span
from app.buys.service import folding
from app.core import clock, db, replica

OWN, TRACKER = "own", "tracker"
SHOWN, EXPORTED, COMPARED_AT_MOST = 10, 10_000, 6
_SOLD = ("units", "revenue", "refunds", "net")
OWN_TABLES: dict[str, tuple[str, ...]] = {
    "series": ("at", *_SOLD),
    "hours": ("hour", *_SOLD),
    "funnel": ("step", "count"),
    "refusals": ("code", "refusals"),
    "lost_demand": ("promo_id", "product", "price", "sold_out", "held_by_others", "value"),
    "promos": ("promo_id", "product", "store", *_SOLD),
    "products": ("product_id", "product", *_SOLD),
    "stores": ("store_id", "store", *_SOLD),
    "segments": ("segment_id", "segment", *_SOLD),
    "buyers": ("user_id", "username", "units", "net"),
    "customers": ("user_id", "username", "orders", "net", "spend_ever", "last_order_at"),
}
TRACKER_TABLES: dict[str, tuple[str, ...]] = {
    "series": ("at", "units", "purchases"),
    "hours": ("hour", "units", "purchases"),
    "products": ("product_id", "units", "purchases"),
    "buyers": ("user_id", "units", "purchases"),
}
TABLES = {OWN: OWN_TABLES, TRACKER: TRACKER_TABLES}
COMPARISON = (
    *("promo_id", "product", "store", "price", "quantity", "notified", "held", "completed", "paid", "kept", "refused"),
    *("buyers", "revenue", "refunds", "net", "seconds_to_last"),
)
STEPS = ("notified", "held", "completed", "paid", "kept", "lapsed", "released", "unpaid")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Analysis:
    """Totals and tables; each row of a table by the names of its columns."""

    totals: dict[str, Any]
    tables: dict[str, Rows]


def analysis(span: Span, *, source: str, grain: str, most: int = SHOWN) -> Analysis:
    """The figures of one source; of each list so many rows at most."""
    return _told(span, grain, most) if source == TRACKER else _own(span, grain, most)


def summary(span: Span, *, source: str, grain: str) -> Analysis:
    """Totals and series alone, to be compared with."""
    if source == TRACKER:
        return _told(span, grain, 0)
    series, holds = _rows(queries.series(span, grain=grain)), queries.ended_holds(span)
    totals = {name: sum((Decimal(row[name]) for row in series), Decimal(0)) for name in _SOLD}
    more = {"buyers": queries.buyers(span), "conversion": _share(holds.completed, holds.ended)}
    return Analysis(totals | more, {"series": series})


def file_rows(span: Span, *, table: str, source: str, grain: str) -> Iterator[Sequence[object]]:
    """A table for a file; a series is read day by day while it is sent, any other table has so many rows at most."""
    columns = TABLES[source][table]
    if table != "series":
        return _cells(analysis(span, source=source, grain=grain, most=EXPORTED).tables[table], columns)
    if source == TRACKER:
        _fold()
    return _cells(_day_by_day(span, source, grain), columns)


def compared(promo_ids: Collection[int]) -> Rows:
    """Promo against promo, in the order in which they are asked for."""
    return _rows(queries.compared(promo_ids))


def _day_by_day(span: Span, source: str, grain: str) -> Iterator[dict[str, Any]]:
    """Each day is a statement of its own."""
    read = queries.told_series if source == TRACKER else queries.series
    for day in range(span.days):
        part = replica.report(partial(read, span.on(span.first + timedelta(days=day)), grain=grain))
        yield from (row._asdict() for row in part)


def _fold() -> None:
    """On the primary, wherever the figures are read then."""
    with db.statement():
        folding.fold_all()


def _own(span: Span, grain: str, most: int) -> Analysis:
    sales, funnel = queries.sales(span, grain=grain, most=most), queries.funnel(span)
    steps = [{"step": step, "count": getattr(funnel, step)} for step in STEPS]
    tables = {name: getattr(sales, name) for name in ("series", "hours", "promos", "products", "stores", "segments")}
    tables |= {"funnel": steps, "refusals": _rows(queries.refusals(span)), "buyers": sales.buyers_by_units}
    tables["lost_demand"] = _rows(queries.lost_demand(span, most=most))
    tables["customers"] = _rows(queries.worth_most(span, most=most))
    return Analysis(_totals(sales) | {"conversion": _share(funnel.completed, funnel.ended)}, tables)


def _told(span: Span, grain: str, most: int) -> Analysis:
    _fold()
    found = queries.told(span, grain=grain, most=most)
    tables = {"series": found.series, "hours": found.hours, "products": found.products, "buyers": found.buyers_by_units}
    return Analysis({"units": found.units, "purchases": found.purchases, "buyers": found.buyers}, tables)


def _totals(sales: Any) -> dict[str, Any]:
    return {name: getattr(sales, name) for name in (*_SOLD, "buyers")}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _rows(found: Iterable[Any]) -> Rows:
    return [{name: _plain(value) for name, value in row._asdict().items()} for row in found]


def _plain(value: object) -> object:
    """A value as JSON and files show it."""
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    return str(value) if isinstance(value, Decimal) else value


def _cells(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[Sequence[object]]:
    return ([row[name] for name in columns] for row in rows)
