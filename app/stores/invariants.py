"""What must never be found among stores."""

from app.core.invariants import never

never(
    "stores.audited",
    "a store has one audit entry for its creation and one for each later version",
    """
    SELECT s.id, s.version, count(a.id) AS entries
    FROM stores s LEFT JOIN audit_log a ON a.object_type = 'store' AND a.object_id = s.id::text
         AND a.action IN ('store.created', 'store.updated')
    GROUP BY s.id HAVING count(a.id) <> s.version
    """,
)
