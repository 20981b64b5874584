"""What must never be found in the books."""

from app.core.invariants import never

never(
    "payments.sums",
    "what came in and what is promised back are the sums of captures and refunds",
    """
    SELECT p.reference, p.captured, p.refunded FROM payments AS p
    WHERE p.captured <> coalesce((SELECT sum(amount) FROM captures WHERE reference = p.reference), 0)
       OR p.refunded <> coalesce((
           SELECT sum(amount) FROM refunds WHERE reference = p.reference AND state <> 'failed'), 0)
       OR p.refunded <> coalesce((SELECT sum(refunded) FROM captures WHERE reference = p.reference), 0)
    """,
)

never(
    "payments.refunds_within_captures",
    "no more is paid back than came in",
    """
    SELECT c.id, c.reference FROM captures AS c WHERE c.amount < (
        SELECT coalesce(sum(amount), 0) FROM refunds WHERE capture_id = c.id AND state <> 'failed')
    """,
)

never(
    "payments.accepted_amount",
    "an accepted payment is of the amount and currency that were asked for",
    """
    SELECT c.id, c.reference FROM captures AS c JOIN payments AS p USING (reference)
    WHERE c.kind = 'accepted' AND (c.amount, c.currency) <> (p.amount, p.currency)
    """,
)

never(
    "payments.webhooks_settled",
    "no webhook is unsettled for over a minute, unless it is parked with a next try or flagged",
    """
    SELECT id, event_id, state, next_try_at FROM webhook_events
    WHERE next_try_at < clock_timestamp() - interval '60 s'
    """,
)
