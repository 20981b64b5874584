"""What must never be found in the audit log."""

from app.core.invariants import never

never(
    "audit.append_only",
    "UPDATE, DELETE and TRUNCATE of the audit log are refused by enabled triggers",
    """
    SELECT part::regclass::text AS part, wanted
    FROM (
        SELECT 'audit_log'::regclass AS part UNION ALL
        SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_log'::regclass
    ) AS parts, unnest(ARRAY['audit_log_append_only', 'audit_log_no_truncate']) AS wanted
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = wanted AND tgenabled IN ('O', 'A')
    )
    """,
)

never(
    "audit.has_its_month",
    "every entry lies in the partition of its month, none in the one for what has no month yet",
    "SELECT id, at FROM audit_log_rest",
)
