"""What must never be found among activations."""

from app.core.invariants import never

never(
    "offers.money",
    "an activation has one debit of its amount, a settlement if it succeeded, a refund if it failed, nothing else",
    """
    SELECT a.id, a.status, array_agg(t.kind || ' ' || e.amount) AS moved FROM activations AS a
    LEFT JOIN transfers AS t ON t.subject = 'activation:' || a.id
    LEFT JOIN entries AS e ON e.transfer_id = t.id AND e.account = 'activations'
    GROUP BY a.id HAVING count(*) FILTER (WHERE t.kind = 'debit' AND e.amount = a.amount) <> 1
        OR count(*) FILTER (WHERE t.kind = 'settle' AND e.amount = -a.amount) <> (a.status = 'SUCCESS')::int
        OR count(*) FILTER (WHERE t.kind = 'refund' AND e.amount = -a.amount) <> (a.status = 'FAILED')::int
        OR count(*) <> 1 + (a.status IN ('SUCCESS', 'FAILED'))::int
    """,
)

never(
    "offers.debits",
    "money that was taken for an activation was taken for one that is there",
    """
    SELECT t.subject FROM transfers AS t LEFT JOIN activations AS a ON t.subject = 'activation:' || a.id
    WHERE t.kind = 'debit' AND a.id IS NULL
    """,
)

never(
    "offers.periods",
    "an activation has a paid period of its length when, and only when, it succeeded",
    """
    SELECT a.id, a.status, s.state, s.starts_at, s.ends_at
    FROM activations AS a LEFT JOIN subscriptions AS s ON s.id = a.id
    WHERE s.state IS NULL
       OR (a.status = 'SUCCESS') <> (s.state IN ('active', 'expired')) OR (a.status = 'FAILED') <> (s.state = 'failed')
       OR s.ends_at <> s.starts_at + make_interval(days => a.duration_days) OR s.starts_at < a.created_at
    """,
)

never(
    "offers.overlaps",
    "no two paid periods of one customer and offer overlap",
    """
    SELECT id, before, starts_at FROM (
        SELECT id, starts_at, lag(ends_at) OVER (PARTITION BY user_id, offer_id ORDER BY starts_at) AS before
        FROM subscriptions WHERE starts_at IS NOT NULL
    ) AS periods WHERE starts_at < before
    """,
)

never(
    "offers.audited",
    "the wish and the end of an activation are audited once each",
    """
    SELECT a.id, a.status, count(l.id) AS entries FROM activations AS a LEFT JOIN audit_log AS l
        ON l.object_type = 'activation' AND l.object_id = a.id::text
        AND l.action IN ('activation.requested', 'activation.succeeded', 'activation.failed')
    GROUP BY a.id HAVING count(l.id) <> 1 + (a.status IN ('SUCCESS', 'FAILED'))::int
    """,
)
