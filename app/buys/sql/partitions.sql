-- Makes the partitions of yesterday, today and the days ahead that are missing; how many it made. A day whose records fell
-- into the rest, because nobody had made its partition in time, stays there.
CREATE OR REPLACE FUNCTION buys_make_partitions(_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    day date;
    name text;
    made integer := 0;
BEGIN
    FOR i IN -1.._ahead LOOP
        day := (clock_timestamp() AT TIME ZONE 'UTC')::date + i;
        name := 'buys_' || to_char(day, 'YYYY_MM_DD');
        CONTINUE WHEN to_regclass(name) IS NOT NULL OR EXISTS (
            SELECT FROM buys_rest
            WHERE received_at >= day::timestamp AT TIME ZONE 'UTC' AND received_at < (day + 1)::timestamp AT TIME ZONE 'UTC'
        );
        EXECUTE format('CREATE TABLE %I (LIKE buys INCLUDING ALL)', name);
        EXECUTE format(
            'ALTER TABLE buys ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, day || ' 00:00:00+00', day + 1 || ' 00:00:00+00'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Forgets the records that were received more than `_days` ago: whole partitions, and from the rest up to `_most` rows; how
-- many of both. What is not in the rollups yet stays. Whoever logs a buy waits a tenth of a second for it at most.
CREATE OR REPLACE FUNCTION buys_forget(_days integer, _most integer) RETURNS integer LANGUAGE plpgsql
    SET lock_timeout = '100ms' AS $$
DECLARE
    before timestamptz := date_trunc('day', clock_timestamp() - make_interval(days => _days), 'UTC');
    name text;
    gone integer := 0;
    rows integer;
BEGIN
    IF EXISTS (SELECT FROM buys_tail(1) AS t WHERE t.since < before) THEN
        RETURN 0;
    END IF;
    FOR name IN
        SELECT c.relname FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
        WHERE inhparent = 'buys'::regclass AND c.relname < 'buys_' || to_char(before AT TIME ZONE 'UTC', 'YYYY_MM_DD')
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        gone := gone + 1;
    END LOOP;
    DELETE FROM buys_rest WHERE ctid = ANY (ARRAY(SELECT ctid FROM buys_rest WHERE received_at < before LIMIT _most));
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN gone + rows;
END $$;
