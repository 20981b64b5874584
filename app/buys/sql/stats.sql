-- A moment as JSON shows it everywhere.
CREATE OR REPLACE FUNCTION buys_shown(_moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- How many records happened before `_moment` on its day (and at it too, when `_with`), by the rollups.
CREATE OR REPLACE FUNCTION buys_since_midnight(_moment timestamptz, _with boolean) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    day timestamptz := date_trunc('day', _moment, 'UTC');
    hour timestamptz := date_trunc('hour', _moment, 'UTC');
    minute timestamptz := date_trunc('minute', _moment, 'UTC');
    second timestamptz := date_trunc('second', _moment, 'UTC');
BEGIN
    RETURN (
        SELECT coalesce(sum(records), 0) FROM (
            SELECT records FROM buy_rollups
            WHERE promotion_id = 0 AND grain = 'hour' AND bucket >= day AND bucket < hour
            UNION ALL
            SELECT records FROM buy_rollups
            WHERE promotion_id = 0 AND grain = 'minute' AND bucket >= hour AND bucket < minute
            UNION ALL
            SELECT records FROM buy_rollups
            WHERE promotion_id = 0 AND grain = 'second' AND bucket >= minute AND bucket < second
            UNION ALL
            SELECT records FROM buy_rollups
            WHERE promotion_id = 0 AND grain = 'instant' AND bucket >= second AND bucket < _moment
            UNION ALL
            SELECT records FROM buy_rollups
            WHERE _with AND promotion_id = 0 AND grain = 'instant' AND bucket = _moment
        ) AS parts
    );
END $$;

-- How many records happened between two moments, both included, by the rollups: whole days, plus what there was of the
-- last day, less what there was of the first day before that.
CREATE OR REPLACE FUNCTION buys_between(_first timestamptz, _last timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    first_day timestamptz := date_trunc('day', _first, 'UTC');
    last_day timestamptz := date_trunc('day', _last, 'UTC');
BEGIN
    RETURN buys_since_midnight(_last, true) - buys_since_midnight(_first, false) + (
        SELECT coalesce(sum(records), 0) FROM buy_rollups
        WHERE promotion_id = 0 AND grain = 'day' AND bucket >= first_day AND bucket < last_day
    );
END $$;

-- The totals, and how many records happened in the last `_hours`, both ends included; all of one instant.
CREATE OR REPLACE FUNCTION buys_stats(
    _hours double precision, OUT units bigint, OUT records bigint, OUT recent bigint, OUT now timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    first timestamptz;
BEGIN
    now := date_trunc('milliseconds', clock_timestamp());
    first := date_trunc('milliseconds', now - make_interval(secs => _hours * 3600));
    SELECT coalesce(sum(l.units), 0), coalesce(sum(l.records), 0) INTO units, records FROM buy_lanes AS l;
    recent := buys_between(first, now);
    SELECT recent + count(*) INTO recent FROM buys_fresh(4000000000000000000) AS b
    WHERE b.happened_at BETWEEN first AND now;
END $$;
