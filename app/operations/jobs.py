"""Background work of the machinery that core cannot ask for itself."""

from flask import current_app

from app.core import idempotency
from app.core.web import settings_of
from app.jobs.registry import job


@job("operations.purge_idempotency_keys", every=3600)
def purge_idempotency_keys() -> int:
    """Forget the answers of old Idempotency-Keys."""
    return idempotency.purge(hours=settings_of(current_app).idempotency_hours)
