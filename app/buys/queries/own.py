"""The shop's own sales: paid orders of its promos, net of what went back. What shops tell of is no part of it.

An order counts as bought until all of its money went back.
"""

from typing import Any

from sqlalchemy import text

from app.buys.queries.tracked import SERIES_AT_MOST, TOP
from app.core.prepared import Prepared

_OWN = Prepared(
    text("""
    WITH paid AS MATERIALIZED (
        SELECT o.id, o.user_id, o.paid_at, o.total, o.refunded, i.product_id, i.quantity,
            (o.refunded < o.total)::int AS kept
        FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
        WHERE o.source = 'promo' AND o.source_id = :promotion_id AND o.paid_at IS NOT NULL
    )
    SELECT coalesce(sum(quantity * kept), 0)::bigint AS units, coalesce(sum(kept), 0)::bigint AS purchases,
        count(DISTINCT user_id) FILTER (WHERE kept = 1) AS buyers, coalesce(sum(total), 0.00) AS revenue,
        coalesce(sum(refunded), 0.00) AS refunds, coalesce(sum(total - refunded), 0.00) AS net,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', bucket, 'units', units, 'purchases', purchases, 'net', net)
            ORDER BY bucket), '[]') FROM (
            SELECT date_trunc(:grain, paid_at, 'UTC') AS bucket, sum(quantity * kept) AS units,
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
""")
)


def own(promo_id: int, *, grain: str, zone: str) -> Any:
    """The figures of a promo of the shop."""
    limits = {"buckets": SERIES_AT_MOST, "top": TOP}
    return _OWN.one(promotion_id=promo_id, grain=grain, zone=zone, **limits)
