"""What must never be found in the audit log."""

from app.core.invariants import never

never(
    "audit.append_only",
    "UPDATE, DELETE and TRUNCATE of the audit log are refused by enabled triggers",
    """
    SELECT wanted FROM unnest(ARRAY['audit_log_append_only', 'audit_log_no_truncate']) AS wanted
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = 'audit_log'::regclass AND tgname = wanted AND tgenabled IN ('O', 'A')
    )
    """,
)
