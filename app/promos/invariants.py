"""What must never be found among promos."""

from app.core.invariants import never

never(
    "promos.counters",
    "held and sold units are those of its holds, and no more than there are",
    """
    SELECT s.*, count(h.id) FILTER (WHERE h.state = 'held') AS holds,
           count(h.id) FILTER (WHERE h.state = 'completed' AND h.returned_at IS NULL) AS completed
    FROM promo_stock AS s LEFT JOIN promo_holds AS h USING (promo_id)
    GROUP BY s.promo_id HAVING s.held <> count(h.id) FILTER (WHERE h.state = 'held')
        OR s.sold <> count(h.id) FILTER (WHERE h.state = 'completed' AND h.returned_at IS NULL)
        OR s.held + s.sold + s.returned > s.allotted
    """,
)

never(
    "promos.allotted",
    "an activated promo has its counters and its quantity, a draft has none",
    """
    SELECT p.id, p.quantity, s.allotted FROM promos AS p LEFT JOIN promo_stock AS s ON s.promo_id = p.id
    WHERE (p.activated_at IS NULL) <> (s.promo_id IS NULL) OR s.allotted <> p.quantity
    """,
)

never(
    "promos.limit",
    "no customer has more units of a promo than one may",
    """
    SELECT h.promo_id, h.user_id, count(*) AS units FROM promo_holds AS h JOIN promos AS p ON p.id = h.promo_id
    WHERE h.state = 'held' OR (h.state = 'completed' AND h.returned_at IS NULL)
    GROUP BY h.promo_id, h.user_id, p.per_customer_limit HAVING count(*) > p.per_customer_limit
    """,
)

never(
    "promos.overlap",
    "no two activated promos of a product overlap in time",
    """
    SELECT a.id, b.id AS other FROM promos AS a JOIN promos AS b ON b.product_id = a.product_id AND b.id > a.id
    WHERE a.activated_at IS NOT NULL AND b.activated_at IS NOT NULL
      AND tstzrange(a.starts_at, greatest(a.starts_at, coalesce(a.ended_at, a.ends_at)))
       && tstzrange(b.starts_at, greatest(b.starts_at, coalesce(b.ended_at, b.ends_at)))
    """,
)

never(
    "promos.holds_end",
    "no hold is open 30 s past its end",
    "SELECT id, expires_at FROM promo_holds WHERE state = 'held' AND expires_at < clock_timestamp() - interval '30 s'",
)

never(
    "promos.in_time",
    "nothing was held outside of the window, and nothing bought after its minute",
    """
    SELECT h.id, h.created_at, h.expires_at, o.created_at AS ordered_at
    FROM promo_holds AS h JOIN promos AS p ON p.id = h.promo_id LEFT JOIN orders AS o ON o.id = h.order_id
    WHERE h.created_at < p.starts_at OR h.created_at >= coalesce(p.ended_at, p.ends_at)
       OR o.created_at >= h.expires_at + interval '1 second'
    """,
)

never(
    "promos.ordered",
    "each order of a promo is of one hold, at its price",
    """
    SELECT o.reference, h.id FROM orders AS o LEFT JOIN promo_holds AS h ON h.order_id = o.id
    WHERE o.source = 'promo' AND (h.id IS NULL OR h.promo_id <> o.source_id OR h.price <> o.total
        OR h.user_id <> o.user_id)
    """,
)

never(
    "promos.returned",
    "the unit of an order that is undone is back, that of any other is not",
    """
    SELECT o.reference, o.status, h.returned_at FROM promo_holds AS h JOIN orders AS o ON o.id = h.order_id
    WHERE (o.status = 'CANCELLED') <> (h.returned_at IS NOT NULL)
    """,
)

never(
    "promos.closed",
    "30 s after its end, a promo keeps nothing but what is held or sold",
    """
    SELECT s.* FROM promo_stock AS s JOIN promos AS p ON p.id = s.promo_id
    WHERE coalesce(p.ended_at, p.ends_at) < clock_timestamp() - interval '30 s'
      AND (s.state <> 'closed' OR s.allotted > s.held + s.sold + s.returned)
    """,
)

never(
    "promos.audited",
    "each activation, pause, resumption and end of a promo is audited once",
    """
    SELECT p.id, count(*) FILTER (WHERE a.action = 'promo.activated') AS activated,
           count(*) FILTER (WHERE a.action = 'promo.paused') AS paused,
           count(*) FILTER (WHERE a.action = 'promo.resumed') AS resumed,
           count(*) FILTER (WHERE a.action = 'promo.ended') AS ended
    FROM promos AS p JOIN promo_stock AS s ON s.promo_id = p.id
    LEFT JOIN audit_log AS a ON a.object_type = 'promo' AND a.object_id = p.id::text
    GROUP BY p.id, s.state HAVING count(*) FILTER (WHERE a.action = 'promo.activated') <> 1
        OR count(*) FILTER (WHERE a.action = 'promo.ended') <> (s.state = 'closed')::integer
        OR count(*) FILTER (WHERE a.action = 'promo.paused') - count(*) FILTER (WHERE a.action = 'promo.resumed')
           <> (p.paused_at IS NOT NULL)::integer
    """,
)
