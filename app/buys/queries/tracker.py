"""What shops told of, from the rollups; each answer is one statement, so that its parts are of one instant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

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
_BUCKETS = Prepared(
    text("""
    SELECT bucket, units, records FROM buy_rollups
    WHERE promotion_id = :promotion_id AND grain = :grain AND bucket > :after AND bucket < :until
    ORDER BY bucket LIMIT :most
""")
)


def totals(hours: float) -> Any:
    """Units and records of all times, the records of the last hours, and for how long somebody is here."""
    return _TOTALS.one(hours=hours)


def tracked(promotion_id: int, *, grain: str, zone: str) -> Any:
    """The figures of a promotion of any shop; unknown ones have none."""
    limits = {"buckets": SERIES_AT_MOST, "top": TOP}
    return _TRACKED.one(promotion_id=promotion_id, grain=grain, zone=zone, **limits)


def buckets(promotion_id: int, *, grain: str, after: datetime, until: datetime) -> Sequence[Any]:
    """Some buckets of a promotion (0: of all) in their order, those that are not empty."""
    asked = {"promotion_id": promotion_id, "grain": grain, "after": after, "until": until, "most": SERIES_AT_MOST}
    return _BUCKETS.all(**asked)
