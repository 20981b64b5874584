"""Mail's reactions."""

from app.core.events import subscribe
from app.jobs.events import JobDied
from app.mail import service


@subscribe(JobDied)
def delivery_died(event: JobDied) -> None:
    """A mail whose delivery is a dead letter failed."""
    if event.name == service.DELIVER:
        service.mark_failed(email_id=event.args["email_id"])
    if event.name == service.DELIVER_MANY:
        for email_id in event.args["email_ids"]:
            service.mark_failed(email_id=email_id)
