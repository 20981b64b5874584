"""The job domain's own background work."""

from flask import current_app

from app.core.web import settings_of
from app.jobs import service
from app.jobs.registry import HEAVY, job


@job("jobs.beat", every=10)
def beat() -> None:
    """Nothing but a run: when it was last is how the console knows that the clock rings and a worker hears it."""


@job("jobs.purge", every=3600, queue=HEAVY)
def purge() -> int:
    """Forget finished jobs."""
    return service.purge(hours=settings_of(current_app).job_retention_hours)
