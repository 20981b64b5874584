"""What shops told of, from the rollups; each answer is one statement, so that its parts are of one instant."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from app.buys.queries.spans import Span
from app.core.db import session
from app.core.prepared import Prepared

SERIES_AT_MOST, TOP = 1000, 10

_TOTALS = Prepared(
    text("""
    SELECT s.*, extract(epoch FROM s.now - p.began_at)::float AS up_for,
        extract(epoch FROM clock_timestamp() - p.seen_at)::float AS silent_for
    FROM buys_stats(:hours) AS s LEFT JOIN service_presence AS p ON p.id = 1
""")
)
_TRACKED = Prepared(
    text("""
    WITH mine AS NOT MATERIALIZED (SELECT * FROM buy_rollups WHERE promotion_id = :promotion_id),
    shares AS MATERIALIZED (
        SELECT kind, subject_id, sum(units)::bigint AS units, sum(records)::bigint AS purchases
        FROM buy_shares WHERE promotion_id = :promotion_id GROUP BY kind, subject_id
    )
    SELECT t.units, t.purchases, (SELECT count(*) FROM shares WHERE kind = 'buyer') AS buyers,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', buys_shown(bucket), 'units', units, 'purchases', records)
            ORDER BY bucket), '[]')
         FROM (SELECT * FROM mine WHERE grain = :grain ORDER BY bucket DESC LIMIT :buckets) AS last) AS series,
        (SELECT coalesce(jsonb_agg(to_jsonb(h) ORDER BY hour), '[]') FROM (
            SELECT extract(hour FROM bucket AT TIME ZONE :zone)::int AS hour,
                sum(units)::bigint AS units, sum(records)::bigint AS purchases
            FROM mine WHERE grain = 'quarter' GROUP BY 1) AS h) AS hours,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('product_id', subject_id, 'units', units, 'purchases', purchases)
            ORDER BY units DESC, subject_id), '[]')
         FROM (SELECT * FROM shares WHERE kind = 'product' ORDER BY units DESC, subject_id LIMIT :top) AS p
        ) AS top_products,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', subject_id, 'units', units, 'purchases', purchases)
            ORDER BY units DESC, subject_id), '[]')
         FROM (SELECT * FROM shares WHERE kind = 'buyer' ORDER BY units DESC, subject_id LIMIT :top) AS b
        ) AS top_buyers
    FROM (
        SELECT coalesce(sum(units), 0)::bigint AS units, coalesce(sum(records), 0)::bigint AS purchases
        FROM mine WHERE grain = 'day'
    ) AS t
""")
)
# By the clock of the business, from figures that are fine enough to be cut at its midnight; who bought what is kept by
# days of UTC, so these are the days of UTC that have the same dates.
_IN_A_SPAN = text("""
    WITH told AS MATERIALIZED (
        SELECT date_trunc(:grain, bucket, :zone) AS at, extract(hour FROM bucket AT TIME ZONE :zone)::int AS hour,
            sum(units)::bigint AS units, sum(records)::bigint AS purchases
        FROM buy_rollups
        WHERE promotion_id = :promotion_id AND grain = :finest AND bucket >= :begins AND bucket < :ends GROUP BY 1, 2
    ),
    shares AS MATERIALIZED (
        SELECT kind, subject_id, sum(units)::bigint AS units, sum(records)::bigint AS purchases
        FROM buy_shares
        WHERE day BETWEEN :first AND :last AND (:promotion_id = 0 OR promotion_id = :promotion_id) GROUP BY 1, 2
    )
    SELECT t.units, t.purchases, (SELECT count(*) FROM shares WHERE kind = 'buyer') AS buyers,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', buys_shown(at), 'units', units, 'purchases', purchases)
            ORDER BY at), '[]')
         FROM (SELECT at, sum(units) AS units, sum(purchases) AS purchases FROM told GROUP BY 1) AS f) AS series,
        (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY hour), '[]')
         FROM (SELECT hour, sum(units) AS units, sum(purchases) AS purchases FROM told GROUP BY 1) AS f) AS hours,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('product_id', subject_id, 'units', units, 'purchases', purchases)
            ORDER BY units DESC, subject_id), '[]')
         FROM (SELECT * FROM shares WHERE kind = 'product' ORDER BY units DESC, subject_id LIMIT :most) AS f
        ) AS products,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', subject_id, 'units', units, 'purchases', purchases)
            ORDER BY units DESC, subject_id), '[]')
         FROM (SELECT * FROM shares WHERE kind = 'buyer' ORDER BY units DESC, subject_id LIMIT :most) AS f
        ) AS buyers_by_units
    FROM (
        SELECT coalesce(sum(units), 0)::bigint AS units, coalesce(sum(purchases), 0)::bigint AS purchases FROM told
    ) AS t
""")
_SERIES = text("""
    SELECT buys_shown(at) AS at, units, purchases FROM (
        SELECT date_trunc(:grain, bucket, :zone) AS at, sum(units)::bigint AS units, sum(records)::bigint AS purchases
        FROM buy_rollups
        WHERE promotion_id = :promotion_id AND grain = :finest AND bucket >= :begins AND bucket < :ends GROUP BY 1
    ) AS f ORDER BY at
""")


def totals(hours: float) -> Any:
    """Units and records of all times, the records of the last hours, and for how long somebody is here."""
    return _TOTALS.one(hours=hours)


def tracked(promotion_id: int, *, grain: str, zone: str) -> Any:
    """The figures of a promotion of any shop; unknown ones have none."""
    limits = {"buckets": SERIES_AT_MOST, "top": TOP}
    return _TRACKED.one(promotion_id=promotion_id, grain=grain, zone=zone, **limits)


def told(span: Span, *, grain: str, most: int) -> Any:
    """What shops told of in these days, of the promotion of the span or of all; of each list so many at most."""
    return session().execute(_IN_A_SPAN, _asked(span, grain) | {"most": most}).one()


def told_series(span: Span, *, grain: str) -> Sequence[Any]:
    """What shops told of in each bucket that is not empty."""
    return session().execute(_SERIES, _asked(span, grain)).all()


def _asked(span: Span, grain: str) -> dict[str, Any]:
    """All zones are whole quarters of an hour apart; a day that is under way is cut by the minute."""
    finest = "minute" if grain == "minute" or (span.until and span.days == 1) else "quarter"
    days = {"first": span.first, "last": span.last}
    promotion = {"promotion_id": span.promo_id or 0}
    return span.asked() | days | promotion | {"grain": grain, "finest": finest, "zone": span.zone}
