"""Paid periods end, and their customers are told before; a job that comes late changes nothing that anybody sees."""

from sqlalchemy import text

from app.audit import service as audit
from app.core import db
from app.jobs import service as jobs

WRITE_MAIL, END, REMIND = "offers.write_mail", "offers.end_subscriptions", "offers.remind"
AT_ONCE = 500
# statement_timestamp() is the database's clock too, and can be looked up in an index.
_END = text("""
    WITH due AS MATERIALIZED (
        SELECT id FROM subscriptions WHERE state = 'active' AND ends_at <= statement_timestamp()
        ORDER BY ends_at LIMIT :most FOR UPDATE SKIP LOCKED
    ), ended AS (
        UPDATE subscriptions SET state = 'expired' FROM due WHERE subscriptions.id = due.id RETURNING subscriptions.*
    )
    SELECT audit_write('subscription.expired', 'subscription', id::text, '{"status": "active"}',
        jsonb_build_object('status', state, 'ends_at', ends_at), :who) FROM ended
""")
_REMIND = text("""
    WITH due AS MATERIALIZED (
        SELECT id FROM subscriptions
        WHERE state = 'active' AND reminded_at IS NULL
          AND ends_at > statement_timestamp() AND ends_at <= statement_timestamp() + make_interval(days => :days)
        ORDER BY ends_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE subscriptions SET reminded_at = clock_timestamp() FROM due WHERE subscriptions.id = due.id
    RETURNING subscriptions.id
""")


def end_due() -> int:
    """End the periods that are over."""
    ended = db.session().execute(_END, {"most": AT_ONCE, "who": audit.surroundings()}).all()
    return jobs.go_on(END, len(ended), full=AT_ONCE)


def remind(*, days: int) -> int:
    """Let a mail be written about each period that ends within so many days, once."""
    ids = list(db.session().scalars(_REMIND, {"most": AT_ONCE, "days": days}))
    jobs.enqueue_many(WRITE_MAIL, [{"transaction_id": str(each), "kind": "ending"} for each in ids])
    return jobs.go_on(REMIND, len(ids), full=AT_ONCE)
