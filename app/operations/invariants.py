"""What must never be found in the machinery's own tables."""

from app.core.invariants import never

never(
    "core.idempotency_answered",
    "a remembered Idempotency-Key has its answer",
    "SELECT user_id, route, key FROM idempotency_keys WHERE status IS NULL OR body IS NULL",
)
