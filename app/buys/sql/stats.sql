-- A moment as JSON shows it everywhere.
CREATE OR REPLACE FUNCTION buys_shown(_moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

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

-- How many records happened between two moments, both included, by the rollups: whole days, plus what there was of the
-- last day, less what there was of the first day before that.
CREATE OR REPLACE FUNCTION buys_between(_first timestamptz, _last timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(records), 0)::bigint + buys_since_midnight(_last, true) - buys_since_midnight(_first, false)
    FROM buy_rollups WHERE promotion_id = 0 AND grain = 'day'
        AND bucket >= date_trunc('day', _first, 'UTC') AND bucket < date_trunc('day', _last, 'UTC')
$$;

-- The totals, and how many records happened in the last `_hours`, both ends included; all of one instant.
CREATE OR REPLACE FUNCTION buys_stats(
    _hours double precision, OUT units bigint, OUT records bigint, OUT recent bigint, OUT now timestamptz
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    first timestamptz;
    oldest timestamptz;
    until timestamptz;
BEGIN
    now := date_trunc('milliseconds', clock_timestamp());
    first := date_trunc('milliseconds', now - make_interval(secs => _hours * 3600));
    SELECT coalesce(sum(l.units), 0), coalesce(sum(l.records), 0) INTO units, records FROM buy_lanes AS l;
    recent := buys_between(first, now);
    SELECT min(t.since) INTO oldest FROM buys_tail(9000000000000000000) AS t;
    IF oldest IS NOT NULL THEN
        until := now + interval '1 day';
        SELECT recent + count(*) INTO recent FROM buys_tail(9000000000000000000) AS t JOIN buys AS b
            ON b.lane = t.lane AND b.number > t.after AND b.number <= t.up_to
        WHERE b.received_at >= oldest AND b.received_at < until AND b.happened_at BETWEEN first AND now;
    END IF;
END $$;
