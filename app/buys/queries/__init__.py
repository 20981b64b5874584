"""Every SELECT about buys, and about the sales of promos that stand beside them."""

from app.buys.queries.outcomes import compared, ended_holds, funnel, lost_demand, refusals, worth_most
from app.buys.queries.own_sales import buyers, own, sales, series, sums
from app.buys.queries.spans import DAYS_BY_GRAIN, LONGEST_DAYS, Span, now
from app.buys.queries.tracker import told, told_series, totals, tracked

__all__ = [
    "DAYS_BY_GRAIN",
    "LONGEST_DAYS",
    "Span",
    "buyers",
    "compared",
    "ended_holds",
    "funnel",
    "lost_demand",
    "now",
    "own",
    "refusals",
    "sales",
    "series",
    "sums",
    "told",
    "told_series",
    "totals",
    "tracked",
    "worth_most",
]
