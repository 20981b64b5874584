"""The shop's own sales: paid orders of its promos, net of what went back. What shops tell of is no part of it.

An order counts as bought until all of its money went back. Each answer is one statement.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from app.buys.queries.tracker import SERIES_AT_MOST, TOP
from app.core import clock
from app.core.db import session
from app.core.prepared import Prepared


@dataclass(frozen=True)
class Span:
    """Business days, both included, and perhaps one promo or one store alone."""

    first: date
    last: date
    zone: str
    promo_id: int | None = None
    store_id: int | None = None

    def asked(self) -> dict[str, Any]:
        """Its words in a statement."""
        begins, ends = clock.beginning(self.first, self.zone), clock.beginning(self.last + timedelta(days=1), self.zone)
        return {"begins": begins, "ends": ends, "promo_id": self.promo_id, "store_id": self.store_id}


_FIGURES = """
    WITH paid AS MATERIALIZED (
        SELECT o.id, o.user_id, o.paid_at, o.total, o.refunded, i.product_id, i.quantity,
            (o.refunded < o.total)::int AS kept
        FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
        WHERE o.source = 'promo' AND o.paid_at IS NOT NULL AND {which}
    )
    SELECT coalesce(sum(quantity * kept), 0)::bigint AS units, coalesce(sum(kept), 0)::bigint AS purchases,
        count(DISTINCT user_id) FILTER (WHERE kept = 1) AS buyers, coalesce(sum(total), 0.00) AS revenue,
        coalesce(sum(refunded), 0.00) AS refunds, coalesce(sum(total - refunded), 0.00) AS net,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'at', buys_shown(bucket), 'units', units, 'purchases', purchases, 'net', net
            ) ORDER BY bucket), '[]') FROM (
            SELECT date_trunc(:grain, paid_at, :buckets_in) AS bucket, sum(quantity * kept) AS units,
                sum(kept) AS purchases, sum(total - refunded)::text AS net
            FROM paid GROUP BY 1 ORDER BY 1 DESC LIMIT :buckets) AS s) AS series,
        (SELECT coalesce(jsonb_agg(to_jsonb(h) ORDER BY hour), '[]') FROM (
            SELECT extract(hour FROM paid_at AT TIME ZONE :zone)::int AS hour, sum(quantity * kept) AS units,
                sum(kept) AS purchases
            FROM paid GROUP BY 1) AS h) AS hours,
        (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY units DESC, product_id), '[]') FROM (
            SELECT product_id, sum(quantity * kept) AS units, sum(kept) AS purchases
            FROM paid GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :top) AS p) AS top_products,
        (SELECT coalesce(jsonb_agg(to_jsonb(b) ORDER BY units DESC, user_id), '[]') FROM (
            SELECT user_id, sum(quantity * kept) AS units, sum(kept) AS purchases
            FROM paid WHERE kept = 1 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :top) AS b) AS top_buyers
    FROM paid
"""
_OF_A_PROMO = Prepared(text(_FIGURES.format(which="o.source_id = :promo_id")))
# Asked once in a while: planned anew each time, so that a filter that is not given costs nothing.
_IN_A_SPAN = text(
    _FIGURES.format(
        which="""o.paid_at >= :begins AND o.paid_at < :ends
        AND (CAST(:promo_id AS bigint) IS NULL OR o.source_id = :promo_id)
        AND (CAST(:store_id AS bigint) IS NULL
            OR EXISTS (SELECT FROM products WHERE id = i.product_id AND store_id = :store_id))"""
    )
)
_LIMITS = {"buckets": SERIES_AT_MOST, "top": TOP}


def own(promo_id: int, *, grain: str, zone: str) -> Any:
    """The figures of a promo of the shop; its buckets are those of UTC, as those of the tracker are."""
    return _OF_A_PROMO.one(promo_id=promo_id, grain=grain, zone=zone, buckets_in="UTC", **_LIMITS)


def sales(span: Span, *, grain: str) -> Any:
    """The figures of promos in these days, by the clock of the business."""
    asked = span.asked() | {"grain": grain, "zone": span.zone, "buckets_in": span.zone}
    return session().execute(_IN_A_SPAN, asked | _LIMITS).one()
