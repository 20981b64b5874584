"""What must never be found in the machinery's own tables, or between those of several domains."""

from app.core.invariants import never

never(
    "core.idempotency_answered",
    "a remembered Idempotency-Key has its answer",
    "SELECT user_id, route, key FROM idempotency_keys WHERE status IS NULL OR body IS NULL",
)

never(
    "stock.reserved",
    "what is reserved of a product is what holds, unpaid orders and the allotments of promos hold of it",
    """
    SELECT s.product_id, s.reserved, coalesce(h.units, 0) AS held, coalesce(o.units, 0) AS ordered,
           coalesce(p.units, 0) AS allotted
    FROM product_stock AS s LEFT JOIN (
        SELECT product_id, sum(quantity) AS units FROM stock_holds WHERE state = 'held' GROUP BY product_id
    ) AS h USING (product_id) LEFT JOIN (
        SELECT i.product_id, sum(i.quantity) AS units FROM order_items AS i JOIN orders AS o ON o.id = i.order_id
        WHERE o.status = 'PENDING' GROUP BY i.product_id
    ) AS o USING (product_id) LEFT JOIN (
        SELECT product_id, sum(allotted - sold - returned) AS units
        FROM promo_stock JOIN promos ON promos.id = promo_id GROUP BY product_id
    ) AS p USING (product_id)
    WHERE s.reserved <> coalesce(h.units, 0) + coalesce(o.units, 0) + coalesce(p.units, 0)
    """,
)
