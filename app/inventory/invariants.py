"""What must never be found in the stock."""

from app.core.invariants import never

never(
    "inventory.counters",
    "total = available + reserved, and none is negative",
    "SELECT * FROM product_stock WHERE total <> available + reserved OR available < 0 OR reserved < 0",
)

never(
    "inventory.movements",
    "the counters of a product are the sums of its movements",
    """
    SELECT s.*, m.available_moved, m.reserved_moved
    FROM product_stock AS s LEFT JOIN (
        SELECT product_id, sum(available_delta) AS available_moved, sum(reserved_delta) AS reserved_moved
        FROM stock_movements GROUP BY product_id
    ) AS m USING (product_id)
    WHERE s.available <> coalesce(available_moved, 0) OR s.reserved <> coalesce(reserved_moved, 0)
    """,
)

never(
    "inventory.has_stock_row",
    "every product has its counters",
    "SELECT id FROM products WHERE NOT EXISTS (SELECT FROM product_stock WHERE product_id = products.id)",
)

never(
    "inventory.holds_end",
    "no hold is open 30 s past its end",
    "SELECT id, expires_at FROM stock_holds WHERE state = 'held' AND expires_at < clock_timestamp() - interval '30 s'",
)

never(
    "inventory.holds_audited",
    "the start and the end of each reservation are audited once",
    """
    SELECT h.id, h.state, count(a.id) AS entries
    FROM stock_holds AS h LEFT JOIN audit_log AS a ON a.object_type = 'reservation' AND a.object_id = h.id::text
    GROUP BY h.id HAVING count(a.id) <> CASE WHEN h.state IN ('held', 'completed') THEN 1 ELSE 2 END
    """,
)
