CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'HF000', MESSAGE = 'audit_append_only';
END $$;

CREATE OR REPLACE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

CREATE OR REPLACE TRIGGER audit_log_no_truncate
    BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Makes the partitions of this month and the months ahead; calling it again makes only what is missing. Partitions inherit
-- the trigger on rows; the one on TRUNCATE each of them needs for itself.
CREATE OR REPLACE FUNCTION audit_make_partitions(months_ahead integer) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date;
    month date;
    partition regclass;
BEGIN
    FOR i IN 0..months_ahead LOOP
        month := (first + make_interval(months => i))::date;
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)',
            'audit_log_' || to_char(month, 'YYYY_MM'),
            month::text || ' 00:00:00+00',
            (month + interval '1 month')::date::text || ' 00:00:00+00'
        );
    END LOOP;
    FOR partition IN
        SELECT inhrelid::regclass FROM pg_inherits
        WHERE inhparent = 'audit_log'::regclass
          AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = inhrelid AND tgname = 'audit_log_no_truncate')
    LOOP
        EXECUTE format(
            'CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', partition
        );
    END LOOP;
END $$;
