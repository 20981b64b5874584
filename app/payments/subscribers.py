"""Payments' reactions."""

from app.core.events import subscribe
from app.jobs.events import JobDied
from app.payments.service import inbox


@subscribe(JobDied)
def settling_died(event: JobDied) -> None:
    """What could not be settled is flagged for people."""
    if event.name in inbox.JOBS:
        inbox.flag_unsettled(event_id=event.args["event_id"])
