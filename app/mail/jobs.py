"""Mail's background work."""

from collections.abc import Callable, Generator, Sequence
from functools import partial

from flask import current_app

from app.core import db
from app.core.clock import monotonic
from app.core.crashpoints import crash_here
from app.core.web import settings_of
from app.jobs import service as jobs
from app.jobs.registry import HEAVY, job
from app.mail import gateways, queries, service
from app.mail.models import Email


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


@job(service.DELIVER_MANY)
def deliver_many(email_ids: list[int]) -> Generator[Callable[[], list[int]], list[int], int]:
    """Send some mails over one line, save those that were sent; what takes over half a lease is asked for anew."""
    waiting = queries.unsent(email_ids)
    left = yield partial(_hand_over, waiting, settings_of(current_app).lease_seconds / 2)
    if left:
        jobs.enqueue(service.DELIVER_MANY, email_ids=left)
    return len(waiting) - len(left)


def _hand_over(emails: Sequence[Email], seconds: float) -> list[int]:
    """Each mail is marked by a statement of its own, as soon as the server took it: whoever dies sends one twice.

    A server that refuses one mail may take the next; when it does not answer, the rest waits for the next try.
    """
    faults, began = list[Exception](), monotonic()
    for number, email in enumerate(emails):
        if monotonic() - began > seconds and not faults:
            return [each.id for each in emails[number:]]
        try:
            gateways.deliver(email)
        except (OSError, ValueError) as fault:
            faults.append(fault)
            with db.statement():
                service.note_fault(email.id, f"{type(fault).__name__}: {fault}")
            if not gateways.is_refusal(fault):
                break
            continue
        crash_here("mail.taken")
        with db.statement():
            service.mark_sent(email.id)
    if faults:
        raise faults[0]
    return []


@job("mail.purge", cron="40 3 * * *", queue=HEAVY)
def purge() -> int:
    """Forget old mails."""
    return service.purge(days=90)
