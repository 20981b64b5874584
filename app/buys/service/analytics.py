"""What a page of analytics shows: own sales of promos in some business days, and what shops told beside them.

Everything is asked when it is shown; nothing is kept. What shops told never enters a figure of own sales.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.buys import queries
from app.buys.queries import Span
from app.buys.service import folding
from app.core import clock, db

ALL = 0
TRACKED_HEADER = ("at", "units", "purchases")
SALES_HEADER = ("at", "units", "purchases", "net")


@dataclass(frozen=True)
class Analysis:
    """What became of promos in some days."""

    sales: Any
    funnel: Any
    refusals: Sequence[Any]
    lost_demand: Sequence[Any]
    worth_most: Sequence[Any]


def analysis(span: Span, *, grain: str = "hour") -> Analysis:
    """Sales, funnel, refusals, lost demand and the customers who are worth most."""
    return Analysis(
        queries.sales(span, grain=grain),
        queries.funnel(span),
        queries.refusals(span),
        queries.lost_demand(span),
        queries.worth_most(span),
    )


def compared(promo_ids: Collection[int]) -> Sequence[Any]:
    """Promo against promo, in the order in which they are asked for."""
    return queries.compared(promo_ids)


def tracked_rows(span: Span, *, grain: str, promotion_id: int = ALL) -> Iterator[Sequence[object]]:
    """What shops told, bucket by bucket, for a file that is sent while it is read: each part is a unit of its own."""
    asked = span.asked()
    with db.statement():
        folding.fold_all()
    after: datetime = asked["begins"] - timedelta(microseconds=1)
    while True:
        with db.statement():
            part = queries.buckets(promotion_id, grain=grain, after=after, until=asked["ends"])
        if not part:
            return
        yield from ((clock.rfc3339(row.bucket), row.units, row.records) for row in part)
        after = part[-1].bucket


def sales_rows(span: Span, *, grain: str) -> Iterator[Sequence[object]]:
    """Own sales, bucket by bucket, for a file that is sent while it is read: each day is a unit of its own."""
    day = span.first
    while day <= span.last:
        with db.statement():
            part = queries.sales(Span(day, day, span.zone, span.promo_id, span.store_id), grain=grain)
        yield from ((each["at"], each["units"], each["purchases"], each["net"]) for each in part.series)
        day += timedelta(days=1)
