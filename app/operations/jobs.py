"""Background work of layers below jobs, which cannot ask for it themselves."""

from flask import current_app

from app.audit import service as audit
from app.core import idempotency, throttle
from app.core.web import settings_of
from app.jobs.registry import job
from app.operations import service


@job("operations.purge_idempotency_keys", every=3600)
def purge_idempotency_keys() -> int:
    """Forget the answers of old Idempotency-Keys."""
    return idempotency.purge(hours=settings_of(current_app).idempotency_hours)


@job("operations.purge_throttles", every=3600)
def purge_throttles() -> int:
    """Forget limits whose time is over."""
    return throttle.purge()


@job("operations.make_audit_partitions", every=86_400)
def make_audit_partitions() -> None:
    """Make the audit log's partitions ahead of time."""
    audit.make_partitions()


@job("operations.warn_of_dead_letters", every=3600)
def warn_of_dead_letters() -> int:
    """Tell the admins when jobs pile up as dead letters."""
    return service.warn_of_dead_letters(settings_of(current_app))
