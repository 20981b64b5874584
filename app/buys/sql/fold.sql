-- What is not in the rollups yet: for each lane the numbers after those that are, up to `_most` of them.
CREATE OR REPLACE FUNCTION buys_tail(_most bigint)
    RETURNS TABLE (lane smallint, after bigint, up_to bigint, since timestamptz) LANGUAGE sql STABLE AS $$
    SELECT l.lane, coalesce(f.records, 0), least(l.records, coalesce(f.records, 0) + _most),
        coalesce(f.received_at, l.since) - interval '1 day' -- a clock may be put back; never by a day
    FROM buy_lanes AS l LEFT JOIN buy_folds AS f ON f.lane = l.lane
    WHERE l.records > coalesce(f.records, 0)
$$;

-- The records of the tail. They came since the last ones that are folded, which leaves few partitions to look into; if a
-- clock was put back by more than a day, the others are looked into too. A plan that was made when a day was young must
-- not be one that reads all of it in the evening.
CREATE OR REPLACE FUNCTION buys_fresh(_most bigint) RETURNS SETOF buys LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    oldest timestamptz;
    newest timestamptz := clock_timestamp() + interval '1 day';
    expected bigint;
    found_there bigint;
BEGIN
    SELECT min(t.since), sum(t.up_to - t.after) INTO oldest, expected FROM buys_tail(_most) AS t;
    IF oldest IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY WITH tail AS MATERIALIZED (SELECT * FROM buys_tail(_most))
    SELECT b.* FROM tail AS t CROSS JOIN LATERAL (
        SELECT * FROM buys AS r
        WHERE r.lane = t.lane AND r.number > t.after AND r.number <= t.up_to
          AND r.received_at >= oldest AND r.received_at < newest
        OFFSET 0 -- lane by lane along the key, whatever the planner thinks of few or many records
    ) AS b;
    GET DIAGNOSTICS found_there = ROW_COUNT;
    IF found_there < expected THEN
        RETURN QUERY WITH tail AS MATERIALIZED (SELECT * FROM buys_tail(_most))
        SELECT b.* FROM tail AS t CROSS JOIN LATERAL (
            SELECT * FROM buys AS r
            WHERE r.lane = t.lane AND r.number > t.after AND r.number <= t.up_to
              AND (r.received_at < oldest OR r.received_at >= newest)
            OFFSET 0
        ) AS b;
    END IF;
END $$;

-- Where a stretch of time begins; a quarter is that of an hour, because there are zones that far from UTC.
CREATE OR REPLACE FUNCTION buys_bucket(_grain text, _moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE _grain
        WHEN 'quarter' THEN date_bin('15 minutes', _moment, 'epoch')
        ELSE date_trunc(_grain, _moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    END
$$;

-- Adds what is not in the rollups yet, up to `_most` records of each lane; how many it added. All of it is one statement:
-- whoever looks sees a record in the tail or in the rollups, never in both. One folds at a time; the others leave, or
-- wait for it so that afterwards all is folded that they can see now.
CREATE OR REPLACE FUNCTION buys_fold(_most bigint, _wait boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM buys_tail(_most)) THEN
        RETURN 0;
    END IF;
    IF _wait THEN
        PERFORM pg_advisory_xact_lock(hashtext('buys'), hashtext('fold'));
    ELSIF NOT pg_try_advisory_xact_lock(hashtext('buys'), hashtext('fold')) THEN
        RETURN 0;
    END IF;
    WITH tail AS MATERIALIZED (SELECT * FROM buys_tail(_most)),
    fresh AS MATERIALIZED (SELECT * FROM buys_fresh(_most)),
    folded AS (
        INSERT INTO buy_folds AS f (lane, records, received_at)
        SELECT t.lane, t.up_to, max(b.received_at) FROM tail AS t JOIN fresh AS b ON b.lane = t.lane
        GROUP BY t.lane, t.up_to
        ON CONFLICT (lane) DO UPDATE SET records = excluded.records, received_at = excluded.received_at
    ),
    seconds AS MATERIALIZED (
        SELECT promotion_id, date_trunc('second', happened_at, 'UTC') AS second, count(*) AS records,
            sum(quantity) AS units
        FROM fresh GROUP BY 1, 2
    ),
    rolled AS (
        INSERT INTO buy_rollups AS r (promotion_id, grain, bucket, records, units)
        SELECT promotion, grain, buys_bucket(grain, second) AS bucket, sum(records), sum(units)
        FROM seconds CROSS JOIN unnest(ARRAY['second', 'minute', 'quarter', 'hour', 'day']) AS g (grain)
            CROSS JOIN LATERAL (VALUES (0), (promotion_id)) AS p (promotion)
        GROUP BY promotion, grain, bucket
        UNION ALL
        SELECT 0, 'instant', happened_at, count(*), sum(quantity) FROM fresh GROUP BY happened_at
        ORDER BY 1, 2, 3
        ON CONFLICT (promotion_id, grain, bucket) DO UPDATE
            SET records = r.records + excluded.records, units = r.units + excluded.units
    ),
    shared AS (
        INSERT INTO buy_shares AS s (promotion_id, kind, day, subject_id, records, units)
        SELECT promotion_id, kind, (happened_at AT TIME ZONE 'UTC')::date AS day, subject_id, count(*), sum(quantity)
        FROM fresh CROSS JOIN LATERAL (VALUES ('buyer', user_id), ('product', product_id)) AS v (kind, subject_id)
        GROUP BY promotion_id, kind, day, subject_id ORDER BY 1, 2, 3, 4
        ON CONFLICT (promotion_id, kind, day, subject_id) DO UPDATE
            SET records = s.records + excluded.records, units = s.units + excluded.units
    )
    SELECT count(*) INTO added FROM fresh;
    RETURN added;
END $$;
