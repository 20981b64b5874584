"""Mail's background work."""

from collections.abc import Callable, Generator
from functools import partial

from app.jobs.registry import HEAVY, job
from app.mail import gateways, queries, service


@job(service.DELIVER)
def deliver(email_id: int) -> Generator[Callable[[], None], None, str]:
    """Send one mail, unless it was sent."""
    email = queries.email(email_id)
    if email.state == "sent":
        return "sent before"
    try:
        yield partial(gateways.deliver, email)
    except OSError as fault:  # SMTP's own errors are OSErrors too
        service.note_fault(email_id, f"{type(fault).__name__}: {fault}")
        raise
    service.mark_sent(email_id)
    return "sent"


@job("mail.purge", cron="40 3 * * *", queue=HEAVY)
def purge() -> int:
    """Forget old mails."""
    return service.purge(days=90)
