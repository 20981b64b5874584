"""What is old is forgotten in batches, each one transaction; a full batch asks for the next one in its own commit.

Old movements of a product become one that says their sum, in one statement: whoever looks sees all of them or the sum,
so the counters equal the movements at every instant. Only rows that nobody changes any more are locked.
"""

from sqlalchemy import text

from app.core import db
from app.jobs import service as jobs

AT_ONCE = 5000
PRODUCTS_AT_ONCE = 50

_FORGET_HOLDS = text("""
    DELETE FROM stock_holds WHERE id = ANY (ARRAY(
        SELECT id FROM stock_holds
        WHERE state <> 'held' AND ended_at < clock_timestamp() - make_interval(days => :days)
        LIMIT :most FOR UPDATE SKIP LOCKED
    ))
""")
_FORGET_KEYS = text("""
    DELETE FROM imported_rows WHERE row_key = ANY (ARRAY(
        SELECT row_key FROM imported_rows WHERE applied_at < clock_timestamp() - make_interval(days => :days)
        LIMIT :most FOR UPDATE SKIP LOCKED
    ))
""")
# The first two movements tell whether a product has anything to fold: one that was folded, and the next.
_FOLD = text("""
    WITH chosen AS (
        SELECT s.product_id FROM product_stock AS s WHERE EXISTS (
            SELECT FROM (
                SELECT kind, at FROM stock_movements WHERE product_id = s.product_id ORDER BY id LIMIT 2
            ) AS oldest
            WHERE kind <> 'carried' AND at < clock_timestamp() - make_interval(days => :days)
        )
        ORDER BY s.product_id LIMIT :products
    ),
    gone AS (
        DELETE FROM stock_movements WHERE id = ANY (ARRAY(
            SELECT old.id FROM chosen CROSS JOIN LATERAL (
                SELECT id FROM stock_movements
                WHERE product_id = chosen.product_id AND at < clock_timestamp() - make_interval(days => :days)
                ORDER BY id LIMIT :most
            ) AS old
        ))
        RETURNING *
    ),
    carried AS (
        INSERT INTO stock_movements
            (id, product_id, at, available_delta, reserved_delta, kind, cause, reason, actor_name)
        SELECT max(id), product_id, max(at), sum(available_delta), sum(reserved_delta),
            'carried', 'retention', 'the sum of older movements', 'system'
        FROM gone GROUP BY product_id
    )
    SELECT count(*) FROM chosen
""")


def forget_holds(*, days: int) -> int:
    """Forget reservations that ended long ago."""
    return jobs.go_on(
        "inventory.forget_holds", db.rows_of(db.session().execute(_FORGET_HOLDS, _asked(days))), full=AT_ONCE
    )


def forget_row_keys(*, days: int) -> int:
    """Forget which rows of files were applied long ago."""
    return jobs.go_on(
        "inventory.forget_row_keys", db.rows_of(db.session().execute(_FORGET_KEYS, _asked(days))), full=AT_ONCE
    )


def fold_movements(*, days: int) -> int:
    """Sum up old movements, of some products at once; the answer is of how many."""
    folded = db.session().scalar(_FOLD, _asked(days) | {"products": PRODUCTS_AT_ONCE}) or 0
    return jobs.go_on("inventory.fold_movements", folded, full=1)


def _asked(days: int) -> dict[str, int]:
    return {"days": days, "most": AT_ONCE}
