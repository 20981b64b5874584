"""What must never be found among buys. Records are dropped when they are old, so sums are compared for those kept."""

from app.core.invariants import never

never(
    "buys.lanes",
    "the numbers of a lane have no gap and end with its counter",
    """
    SELECT lane, l.records, f.records AS folded, count(b.number) AS kept, min(b.number) AS first, max(b.number) AS last
    FROM buy_lanes AS l LEFT JOIN buys AS b USING (lane) LEFT JOIN buy_folds AS f USING (lane)
    GROUP BY lane, l.records, f.records
    HAVING f.records > l.records OR max(b.number) <> l.records OR count(b.number) <> max(b.number) - min(b.number) + 1
        OR (count(b.number) = 0 AND coalesce(f.records, 0) < l.records)
    """,
)

never(
    "buys.records",
    "every record is of a lane",
    "SELECT lane, count(*) FROM buys WHERE NOT EXISTS (SELECT FROM buy_lanes WHERE lane = buys.lane) GROUP BY lane",
)

never(
    "buys.totals",
    "all units and records are in the figures of the days, or not folded yet",
    """
    SELECT * FROM (
        SELECT (SELECT coalesce(sum(records), 0) FROM buy_lanes) AS records,
            (SELECT coalesce(sum(units), 0) FROM buy_lanes) AS units,
            (SELECT coalesce(sum(records), 0) FROM buy_rollups WHERE promotion_id = 0 AND grain = 'day') AS day_records,
            (SELECT coalesce(sum(units), 0) FROM buy_rollups WHERE promotion_id = 0 AND grain = 'day') AS day_units,
            (SELECT count(*) FROM buys AS b LEFT JOIN buy_folds AS f USING (lane)
             WHERE b.number > coalesce(f.records, 0)) AS tail_records,
            (SELECT coalesce(sum(b.quantity), 0) FROM buys AS b LEFT JOIN buy_folds AS f USING (lane)
             WHERE b.number > coalesce(f.records, 0)) AS tail_units
    ) AS s WHERE records <> day_records + tail_records OR units <> day_units + tail_units
    """,
)

# What was dropped was received before the first record that is kept, so it happened before a minute after that.
_KEPT_SINCE = """
    kept AS MATERIALIZED (
        SELECT coalesce(bool_or(first > 1), false) AS some_dropped, min(received_at) + interval '1 day' AS since FROM (
            SELECT lane, min(number) AS first, min(received_at) AS received_at FROM buys GROUP BY lane
        ) AS lanes
    )
"""

never(
    "buys.rollups",
    "the figures by the hour are what the records say that are kept and folded",
    f"""
    WITH {_KEPT_SINCE},
    told AS (
        SELECT promotion_id, date_trunc('hour', happened_at, 'UTC') AS bucket, count(*) AS records,
            sum(quantity) AS units
        FROM buys AS b JOIN buy_folds AS f USING (lane) WHERE b.number <= f.records GROUP BY 1, 2
    )
    SELECT promotion_id, bucket, told.records, r.records AS rolled, told.units, r.units AS rolled_units
    FROM told FULL JOIN (SELECT * FROM buy_rollups WHERE grain = 'hour' AND promotion_id <> 0) AS r
        USING (promotion_id, bucket) CROSS JOIN kept
    WHERE (NOT some_dropped OR bucket >= since)
      AND (told.records, told.units) IS DISTINCT FROM (r.records, r.units)
    """,  # noqa: S608 - constants
)

never(
    "buys.grains",
    "finer figures sum up to coarser ones where both are kept",
    """
    SELECT promotion_id, bucket, h.records, q.records AS quarters FROM (
        SELECT promotion_id, bucket, records, units FROM buy_rollups WHERE grain = 'hour'
    ) AS h FULL JOIN (
        SELECT promotion_id, date_trunc('hour', bucket, 'UTC') AS bucket, sum(records) AS records, sum(units) AS units
        FROM buy_rollups WHERE grain = 'quarter' GROUP BY 1, 2
    ) AS q USING (promotion_id, bucket)
    WHERE bucket > clock_timestamp() - interval '7 days'
      AND (h.records, h.units) IS DISTINCT FROM (q.records, q.units)
    UNION ALL
    SELECT 0, bucket, s.records, i.records FROM (
        SELECT bucket, records, units FROM buy_rollups WHERE promotion_id = 0 AND grain = 'second'
    ) AS s FULL JOIN (
        SELECT date_trunc('second', bucket, 'UTC') AS bucket, sum(records) AS records, sum(units) AS units
        FROM buy_rollups WHERE promotion_id = 0 AND grain = 'instant' GROUP BY 1
    ) AS i USING (bucket)
    WHERE bucket > clock_timestamp() - interval '7 days'
      AND (s.records, s.units) IS DISTINCT FROM (i.records, i.units)
    """,
)

never(
    "buys.shares",
    "what buyers bought and what products sold of a promotion on a day is what the day says",
    """
    SELECT promotion_id, day, kind, s.records, d.records AS of_the_day FROM (
        SELECT promotion_id, day, kind, sum(records) AS records, sum(units) AS units
        FROM buy_shares GROUP BY promotion_id, day, kind
    ) AS s JOIN (
        SELECT promotion_id, (bucket AT TIME ZONE 'UTC')::date AS day, records, units
        FROM buy_rollups WHERE grain = 'day' AND promotion_id <> 0
    ) AS d USING (promotion_id, day)
    WHERE (s.records, s.units) IS DISTINCT FROM (d.records, d.units)
    """,
)

never(
    "buys.once",
    "no event is counted twice within seven days",
    """
    SELECT * FROM (
        SELECT event_id, received_at, lag(received_at) OVER (PARTITION BY event_id ORDER BY received_at) AS before
        FROM buys WHERE event_id IS NOT NULL
    ) AS told WHERE received_at - before < interval '7 days'
    """,
)
