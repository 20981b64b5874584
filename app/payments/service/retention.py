"""Messages that are done with are forgotten in batches, each one transaction.

What was told stays in the books: captures and refunds keep the provider's names. The row of a message is needed as long
as the same message may come again: providers repeat one for days at most, nobody else can (a signature is good for five
minutes), and the provider is asked about a payment within two days of it. What waits or has to be looked at stays.
"""

from sqlalchemy import text

from app.core import db
from app.jobs import service as jobs

FORGET = "payments.forget_events"
AT_ONCE = 5000
_FORGET = text("""
    DELETE FROM webhook_events WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_events
        WHERE received_at < clock_timestamp() - make_interval(days => :days)
          AND settled_at < clock_timestamp() - make_interval(days => :days)
          AND state = 'settled' AND (NOT is_contradicted OR seen_at IS NOT NULL)
        LIMIT :most FOR UPDATE SKIP LOCKED
    ))
""")


def forget_events(*, days: int) -> int:
    """Forget what was told and done long ago."""
    done = db.rows_of(db.session().execute(_FORGET, {"days": days, "most": AT_ONCE}))
    return jobs.go_on(FORGET, done, full=AT_ONCE)
