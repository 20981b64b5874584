"""The shop's own sales: paid orders of its promos, net of what went back. What shops tell of is no part of it.

An order of a promo is one unit, and counts as bought until all of its money went back. Each answer is one statement, so
that its parts are of one instant. In a span the orders are read twice, along the index of when they were paid: once by
bucket and promo, once by buyer; everything else is made of these few rows.
"""

from typing import Any

from sqlalchemy import text

from app.buys.queries.spans import WANTED, Span
from app.buys.queries.tracker import SERIES_AT_MOST, TOP
from app.core.db import session
from app.core.prepared import Prepared

_OF_A_PROMO = Prepared(
    text("""
    WITH paid AS MATERIALIZED (
        SELECT o.id, o.user_id, o.paid_at, o.total, o.refunded, i.product_id, i.quantity,
            (o.refunded < o.total)::int AS kept
        FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
        WHERE o.source = 'promo' AND o.paid_at IS NOT NULL AND o.source_id = :promo_id
    )
    SELECT coalesce(sum(quantity * kept), 0)::bigint AS units, coalesce(sum(kept), 0)::bigint AS purchases,
        count(DISTINCT user_id) FILTER (WHERE kept = 1) AS buyers, coalesce(sum(total), 0.00) AS revenue,
        coalesce(sum(refunded), 0.00) AS refunds, coalesce(sum(total - refunded), 0.00) AS net,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'at', buys_shown(bucket), 'units', units, 'purchases', purchases, 'net', net
            ) ORDER BY bucket), '[]') FROM (
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
_THESE = f"""
    FROM orders AS o
    WHERE o.source = 'promo' AND o.paid_at >= :begins AND o.paid_at < :ends AND {WANTED.format(id="o.source_id")}
"""
_KEPT = "count(*) FILTER (WHERE o.refunded < o.total)"
_MONEY = "sum(revenue) AS revenue, sum(refunds) AS refunds, sum(revenue - refunds) AS net"
_SHOWN = "'units', units, 'revenue', revenue::text, 'refunds', refunds::text, 'net', net::text"
# Planned anew each time, so that a filter that is not given costs nothing.
_IN_A_SPAN = text(
    f"""
    WITH paid AS MATERIALIZED (
        SELECT date_trunc(:finest, o.paid_at, :zone) AS bucket, o.source_id AS promo_id,
            {_KEPT} AS units, sum(o.total) AS revenue, sum(o.refunded) AS refunds
        {_THESE} GROUP BY 1, 2
    ),
    bought AS MATERIALIZED (
        SELECT o.user_id, {_KEPT} AS units, sum(o.total - o.refunded) AS net {_THESE}
        GROUP BY 1 HAVING {_KEPT} > 0
    ),
    sold AS MATERIALIZED (
        SELECT s.*, p.product_id, g.name AS product, g.store_id, t.name AS store
        FROM (SELECT promo_id, sum(units) AS units, {_MONEY} FROM paid GROUP BY 1) AS s
            JOIN promos AS p ON p.id = s.promo_id JOIN products AS g ON g.id = p.product_id
            JOIN stores AS t ON t.id = g.store_id
    )
    SELECT s.*, (SELECT count(*) FROM bought) AS buyers,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', buys_shown(bucket), {_SHOWN}) ORDER BY bucket), '[]') FROM (
            SELECT CASE :grain WHEN 'day' THEN date_trunc('day', bucket, :zone) ELSE bucket END AS bucket,
                sum(units) AS units, {_MONEY}
            FROM paid GROUP BY 1) AS f) AS series,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('hour', hour, {_SHOWN}) ORDER BY hour), '[]') FROM (
            SELECT extract(hour FROM bucket AT TIME ZONE :zone)::int AS hour, sum(units) AS units, {_MONEY}
            FROM paid GROUP BY 1) AS f) AS hours,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'promo_id', promo_id, 'product', product, 'store', store, {_SHOWN}) ORDER BY net DESC, promo_id), '[]')
         FROM (SELECT * FROM sold ORDER BY net DESC, promo_id LIMIT :most) AS f) AS promos,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('store_id', store_id, 'store', store, {_SHOWN})
            ORDER BY net DESC, store_id), '[]') FROM (
            SELECT store_id, store, sum(units) AS units, {_MONEY}
            FROM sold GROUP BY 1, 2 ORDER BY net DESC, 1 LIMIT :most) AS f) AS stores,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('segment_id', segment_id, 'segment', segment, {_SHOWN})
            ORDER BY net DESC, segment_id), '[]') FROM (
            SELECT g.id AS segment_id, coalesce(g.name, 'Everybody') AS segment, sum(units) AS units, {_MONEY}
            FROM sold LEFT JOIN promo_segments AS f ON f.promo_id = sold.promo_id
                LEFT JOIN segments AS g ON g.id = f.segment_id
            GROUP BY 1, 2 ORDER BY net DESC, 1 LIMIT :most) AS f) AS segments,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('product_id', product_id, 'product', product, {_SHOWN})
            ORDER BY units DESC, product_id), '[]') FROM (
            SELECT product_id, product, sum(units) AS units, {_MONEY}
            FROM sold GROUP BY 1, 2 ORDER BY units DESC, 1 LIMIT :most) AS f) AS products,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', user_id, 'username', username, 'units', units,
            'net', net::text) ORDER BY units DESC, user_id), '[]') FROM (
            SELECT b.*, u.username FROM (SELECT * FROM bought ORDER BY units DESC, user_id LIMIT :most) AS b
                JOIN users AS u ON u.id = b.user_id) AS f) AS buyers_by_units
    FROM (SELECT coalesce(sum(units), 0)::bigint AS units, coalesce(sum(revenue), 0.00) AS revenue,
            coalesce(sum(refunds), 0.00) AS refunds, coalesce(sum(revenue - refunds), 0.00) AS net FROM paid) AS s
    """  # noqa: S608 - fragments of ours
)
_SERIES = text(
    f"""
    SELECT buys_shown(bucket) AS at, units, revenue::text, refunds::text, (revenue - refunds)::text AS net FROM (
        SELECT date_trunc(:grain, o.paid_at, :zone) AS bucket, {_KEPT} AS units, sum(o.total) AS revenue,
            sum(o.refunded) AS refunds {_THESE} GROUP BY 1
    ) AS f ORDER BY bucket
    """  # noqa: S608 - fragments of ours
)
_BUYERS = text(
    f"""
    SELECT count(*) FROM (SELECT o.user_id {_THESE} AND o.refunded < o.total GROUP BY 1) AS b
    """  # noqa: S608 - fragments of ours
)
_SUMS = text(
    f"""
    SELECT {_KEPT} AS units, coalesce(sum(o.total - o.refunded), 0.00) AS net {_THESE}
    """
)


def own(promo_id: int, *, grain: str, zone: str) -> Any:
    """The figures of a promo of the shop; its buckets are those of UTC, as those of the tracker are."""
    return _OF_A_PROMO.one(promo_id=promo_id, grain=grain, zone=zone, buckets=SERIES_AT_MOST, top=TOP)


def sales(span: Span, *, grain: str, most: int) -> Any:
    """The figures of promos in these days, by the clock of the business; of each list so many at most."""
    finest = "hour" if grain == "day" else grain
    asked = span.asked() | {"grain": grain, "finest": finest, "zone": span.zone, "most": most}
    return session().execute(_IN_A_SPAN, asked).one()


def series(span: Span, *, grain: str) -> Any:
    """What was sold in each bucket that is not empty."""
    return session().execute(_SERIES, span.asked() | {"grain": grain, "zone": span.zone}).all()


def buyers(span: Span) -> int:
    """How many customers bought something and kept it."""
    return session().scalar(_BUYERS, span.asked()) or 0


def sums(span: Span) -> Any:
    """How many units were sold, and for how much in the end."""
    return session().execute(_SUMS, span.asked()).one()
