-- How many records happened before `_moment` on its day (and at it too, when `_with`), by the rollups.
CREATE OR REPLACE FUNCTION buys_since_midnight(_moment timestamptz, _with boolean) RETURNS bigint
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(records), 0)::bigint FROM (
        SELECT records FROM buy_rollups WHERE promotion_id = 0 AND grain = 'hour'
            AND bucket >= date_trunc('day', _moment, 'UTC') AND bucket < date_trunc('hour', _moment, 'UTC')
        UNION ALL
        SELECT records FROM buy_rollups WHERE promotion_id = 0 AND grain = 'minute'
            AND bucket >= date_trunc('hour', _moment, 'UTC') AND bucket < date_trunc('minute', _moment, 'UTC')
        UNION ALL
        SELECT records FROM buy_rollups WHERE promotion_id = 0 AND grain = 'second'
            AND bucket >= date_trunc('minute', _moment, 'UTC') AND bucket < date_trunc('second', _moment, 'UTC')
        UNION ALL
        SELECT records FROM buy_rollups WHERE promotion_id = 0 AND grain = 'instant'
            AND bucket >= date_trunc('second', _moment, 'UTC') AND (bucket < _moment OR (_with AND bucket = _moment))
    ) AS parts
$$;

-- The totals, and how many records happened in the last `_hours`, both ends included; all of one instant. Whole days are
-- read as such; of the days at both ends what lies outside of the window is left out.
CREATE OR REPLACE FUNCTION buys_stats(
    _hours double precision, OUT units bigint, OUT records bigint, OUT recent bigint, OUT now timestamptz
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    first timestamptz;
    oldest timestamptz;
    until timestamptz;
BEGIN
    now := date_trunc('milliseconds', clock_timestamp());
    first := now - make_interval(secs => _hours * 3600);
    first := date_trunc('milliseconds', first);
    SELECT coalesce(sum(l.units), 0), coalesce(sum(l.records), 0) INTO units, records FROM buy_lanes AS l;
    SELECT coalesce(sum(r.records), 0) + buys_since_midnight(now, true) - buys_since_midnight(first, false)
    INTO recent FROM buy_rollups AS r
    WHERE r.promotion_id = 0 AND r.grain = 'day'
        AND r.bucket >= date_trunc('day', first, 'UTC') AND r.bucket < date_trunc('day', now, 'UTC');
    SELECT min(t.since) INTO oldest FROM buys_tail(9000000000000000000) AS t;
    IF oldest IS NOT NULL THEN
        until := now + interval '1 day';
        SELECT recent + count(*) INTO recent FROM buys_tail(9000000000000000000) AS t JOIN buys AS b
            ON b.lane = t.lane AND b.number > t.after AND b.number <= t.up_to
        WHERE b.received_at >= oldest AND b.received_at < until AND b.happened_at BETWEEN first AND now;
    END IF;
END $$;
