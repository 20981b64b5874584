"""What can be guessed at or flooded is counted before it is tried, in a commit of its own that no refusal undoes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.core import clock, db, throttle
from app.core.errors import AppError
from app.core.settings import Settings
from app.core.throttle import Limit
from app.identity import rules
from app.identity.errors import TooManyAttempts

HOUR = 3600.0


def count(*limits: Limit) -> None:
    """Count one attempt, or raise when one of the limits is used up."""
    if wait := throttle.take(limits):
        raise TooManyAttempts(retry_after=wait, wait=clock.lasting(wait))


@contextmanager
def spared(limits: Sequence[Limit]) -> Iterator[None]:
    """What is refused in here was no guess: the attempt is given back."""
    try:
        yield
    except AppError:
        with db.statement():
            for limit in limits:
                throttle.give_back(limit.key)
        raise


def registrations(address: str, settings: Settings) -> Limit:
    """How often one network may try to register."""
    return Limit(f"registrations:address:{rules.network_of(address)}", settings.registrations_per_hour, HOUR)


def links_tried(address: str, settings: Settings) -> Limit:
    """How often one network may present a mailed link."""
    window = settings.login_window_minutes * 60.0
    return Limit(f"links:address:{rules.network_of(address)}", settings.login_failures_per_address, window)


def mails_with_links(email: str, address: str, settings: Settings) -> tuple[Limit, Limit]:
    """How often a link may be sent to one mail address, and how often one network may ask for that."""
    return (
        Limit(f"link-mails:email:{rules.name_key(email)}", settings.link_mails_per_hour, HOUR),
        Limit(f"link-mails:address:{rules.network_of(address)}", settings.link_mails_per_address, HOUR),
    )
