"""What must never be found among notifications; of the last week, so that retention does not matter."""

from app.core.invariants import never

never(
    "notifications.quota",
    "a customer was told as often on a business day as the quota of that day says",
    """
    WITH told AS (
        SELECT customer_id, kind, day, count(*) AS n FROM notifications
        WHERE suppressed IS NULL AND day > (clock_timestamp() - interval '7 days')::date
        GROUP BY customer_id, kind, day
    ),
    quotas AS (
        SELECT customer_id, kind, day, told FROM notification_quotas
        WHERE day > (clock_timestamp() - interval '7 days')::date AND told > 0
    )
    SELECT * FROM told FULL JOIN quotas USING (customer_id, kind, day) WHERE told.n IS DISTINCT FROM quotas.told
    """,
)

never(
    "notifications.cap",
    "nobody is told more often on a business day than is allowed",
    """
    SELECT n.customer_id, n.day, count(*), max(q.cap) AS cap
    FROM notifications AS n LEFT JOIN notification_quotas AS q USING (customer_id, kind, day)
    WHERE n.suppressed IS NULL AND n.day > (clock_timestamp() - interval '7 days')::date
    GROUP BY n.customer_id, n.kind, n.day HAVING count(*) > coalesce(max(q.cap), 0)
    """,
)

never(
    "notifications.once",
    "nobody is told twice of one subject",
    """
    SELECT kind, subject_id, customer_id FROM notifications
    WHERE day > (clock_timestamp() - interval '7 days')::date
    GROUP BY kind, subject_id, customer_id HAVING count(*) > 1
    """,
)
