-- Tells these customers of a subject, once each and so often a day at most; how many it told by which channel, and how
-- many it did not by which reason. Customers who were told of the subject before, or have gone, are passed over.
-- `_reason`: why nobody is told this time, or NULL. `_mail`: the parts of the mail as mail_write takes them.
--
-- Quota rows come first, in the order of ids: two batches over the same customers queue at the first one they share, so
-- there is no deadlock, and they may queue for longer than a web request would. A quota that turns out to be taken for
-- somebody whom another batch of the same subject had told meanwhile is given back.
CREATE OR REPLACE FUNCTION notifications_tell(
    _kind text, _subject bigint, _customers bigint[], _day date, _cap integer, _reason text, _title text, _body text,
    _mail jsonb, _who jsonb
) RETURNS jsonb LANGUAGE plpgsql SET lock_timeout TO '20s' AS $$
DECLARE
    won bigint[];
    reached bigint[];
    mailed bigint[];
    outcome jsonb;
BEGIN
    WITH asked AS MATERIALIZED (
        SELECT c.id, c.in_app_opt_in AS in_app, c.email_opt_in AND u.email_verified_at IS NOT NULL AS email
        FROM customers AS c JOIN users AS u ON u.id = c.id
        WHERE c.id = ANY (_customers) AND c.is_active AND NOT EXISTS (
            SELECT FROM notifications WHERE kind = _kind AND subject_id = _subject AND customer_id = c.id
        )
    ),
    quota AS (
        INSERT INTO notification_quotas AS q (customer_id, kind, day, told, cap)
        SELECT id, _kind, _day, 1, _cap FROM asked WHERE _reason IS NULL AND (in_app OR email) ORDER BY id
        ON CONFLICT (customer_id, kind, day) DO UPDATE SET told = q.told + 1, cap = excluded.cap
        WHERE q.told < excluded.cap
        RETURNING customer_id
    ),
    made AS (
        INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email, suppressed)
        SELECT _kind, _subject, a.id, _day, _title, _body, a.in_app, a.email, CASE
            WHEN _reason IS NOT NULL THEN _reason
            WHEN NOT (a.in_app OR a.email) THEN 'no_channel'
            WHEN q.customer_id IS NULL THEN 'cap'
        END
        FROM asked AS a LEFT JOIN quota AS q ON q.customer_id = a.id ORDER BY a.id
        ON CONFLICT (kind, subject_id, customer_id) DO NOTHING
        RETURNING customer_id, in_app, email, suppressed
    ),
    counted AS (SELECT suppressed, count(*) AS n FROM made WHERE suppressed IS NOT NULL GROUP BY suppressed)
    SELECT
        array(SELECT customer_id FROM quota),
        array(SELECT customer_id FROM made WHERE suppressed IS NULL),
        array(SELECT customer_id FROM made WHERE suppressed IS NULL AND email ORDER BY customer_id),
        (
            SELECT jsonb_build_object('told', count(*), 'in_app', count(*) FILTER (WHERE in_app),
                'email', count(*) FILTER (WHERE email))
            FROM made WHERE suppressed IS NULL
        ) || coalesce((SELECT jsonb_object_agg(suppressed, n) FROM counted), '{}')
    INTO won, reached, mailed, outcome;
    IF cardinality(won) > cardinality(reached) THEN
        UPDATE notification_quotas AS q SET told = q.told - 1
        WHERE q.kind = _kind AND q.day = _day AND q.customer_id = ANY (won) AND q.customer_id <> ALL (reached);
    END IF;
    WITH mine AS MATERIALIZED (SELECT id FROM customers WHERE id = ANY (reached) ORDER BY id FOR NO KEY UPDATE)
    UPDATE customers AS c SET last_notified_at = clock_timestamp() FROM mine WHERE c.id = mine.id;
    IF _mail IS NOT NULL THEN
        PERFORM mail_write(
            array_agg(_kind || ':' || _subject || ':' || id ORDER BY id), array_agg(email ORDER BY id), _mail, _who
        ) FROM users WHERE id = ANY (mailed) HAVING count(*) > 0;
    END IF;
    RETURN outcome;
END $$;
