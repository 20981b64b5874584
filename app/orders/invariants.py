"""What must never be found among orders."""

from app.core.invariants import never
from app.orders.rules import NEXT

_EDGES = ", ".join(f"('{before}', '{after}')" for before, allowed in NEXT.items() for after in (before, *allowed))

never(
    "orders.total",
    "the total of an order is the sum of its lines",
    """
    SELECT o.reference, o.total FROM orders AS o
    WHERE o.total IS DISTINCT FROM (SELECT sum(subtotal) FROM order_items WHERE order_id = o.id)
    """,
)

never(
    "orders.lines",
    "an order shows the lines that it has",
    """
    SELECT o.reference, o.lines FROM orders AS o WHERE o.lines IS DISTINCT FROM orders_lines((
        SELECT jsonb_agg(to_jsonb(i)) FROM order_items AS i WHERE i.order_id = o.id
    ))
    """,
)

never(
    "orders.history",
    "the history of an order has no gap, and its last step is the present state",
    """
    SELECT o.reference, o.steps, count(e.step) AS written
    FROM orders AS o LEFT JOIN order_events AS e ON e.order_id = o.id
    GROUP BY o.id HAVING count(e.step) <> o.steps OR coalesce(max(e.step), 0) <> o.steps OR NOT coalesce(bool_or(
        e.step = o.steps AND e.status = o.status AND e.payment_status = o.payment_status), false)
    """,
)

never(
    "orders.edges",
    "an order only ever takes the steps that the table of rules has",
    f"""
    SELECT order_id, step, before, status FROM (
        SELECT order_id, step, status, lag(status) OVER (PARTITION BY order_id ORDER BY step) AS before
        FROM order_events
    ) AS steps WHERE before IS NOT NULL AND (before, status) NOT IN (VALUES {_EDGES})
    """,  # noqa: S608 - words of ours
)

never(
    "orders.paid",
    "an order is paid when, and only when, exactly its total was accepted for it once",
    """
    SELECT o.reference, o.paid_at, o.status, o.payment_status, count(c.id) AS accepted
    FROM orders AS o LEFT JOIN captures AS c ON c.reference = o.reference AND c.kind = 'accepted'
    GROUP BY o.id HAVING count(c.id) <> (o.paid_at IS NOT NULL)::integer OR max(c.amount) <> o.total
       OR (o.paid_at IS NULL AND o.status NOT IN ('PENDING', 'CANCELLED'))
       OR (o.paid_at IS NULL AND o.payment_status IN ('paid', 'partially_refunded'))
       OR (o.paid_at IS NOT NULL AND o.payment_status IN ('unpaid', 'failed', 'review'))
    """,
)

never(
    "orders.reference",
    "no two orders have the same reference",
    "SELECT reference FROM orders GROUP BY reference HAVING count(*) > 1",
)

never(
    "orders.refunded",
    "an order counts as paid back what really went back of its accepted payment",
    """
    SELECT o.reference, o.refunded FROM orders AS o LEFT JOIN (
        SELECT r.reference, sum(r.amount) AS gone FROM refunds AS r JOIN captures AS c ON c.id = r.capture_id
        WHERE r.state = 'succeeded' AND c.kind = 'accepted' GROUP BY r.reference
    ) AS back USING (reference)
    WHERE o.refunded <> coalesce(back.gone, 0)
    """,
)

never(
    "orders.money_has_an_end",
    "what came in for an order has its goods, goes back, or waits for somebody to look at it",
    """
    SELECT o.reference, o.status, c.kind, c.amount, c.refunded
    FROM captures AS c JOIN orders AS o USING (reference) WHERE c.refunded < c.amount
      AND NOT (c.kind = 'accepted' AND o.status <> 'CANCELLED')
      AND NOT (c.kind = 'mismatch' AND o.status = 'PENDING' AND o.payment_status = 'review')
      AND NOT EXISTS (SELECT FROM refunds WHERE capture_id = c.id AND state = 'failed')
    """,
)

never(
    "orders.unpaid_end",
    "no order waits 30 s longer for its payment than it may",
    "SELECT reference, pay_by FROM orders WHERE status = 'PENDING' AND pay_by < clock_timestamp() - interval '30 s'",
)

never(
    "orders.audited",
    "each step of an order is audited once",
    """
    SELECT o.reference, o.steps, count(a.id) AS entries FROM orders AS o LEFT JOIN audit_log AS a
        ON a.object_type = 'order' AND a.object_id = o.id::text AND a.action <> 'order.noted'
    GROUP BY o.id HAVING count(a.id) <> o.steps
    """,
)
