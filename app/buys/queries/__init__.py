"""Every SELECT about buys, and about the sales of promos that stand beside them."""

from app.buys.queries.outcomes import compared, funnel, lost_demand, refusals, worth_most
from app.buys.queries.own_sales import Span, own, sales
from app.buys.queries.tracker import buckets, totals, tracked

__all__ = [
    "Span",
    "buckets",
    "compared",
    "funnel",
    "lost_demand",
    "own",
    "refusals",
    "sales",
    "totals",
    "tracked",
    "worth_most",
]
