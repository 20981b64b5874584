"""What an activation may be, what is done next, and how long until then."""

from datetime import timedelta

PENDING, PROCESSING, SUCCESS, FAILED = STATUSES = ("PENDING", "PROCESSING", "SUCCESS", "FAILED")
OPEN, ENDED = STATUSES[:2], STATUSES[2:]
SUBSCRIPTION_STATUSES = ("inactive", "scheduled", "active", "expired", "failed")

# What the partner says of an activation (`gateways.partner.Said.kind`).
SUCCEEDED, REFUSED, WAITING, ABSENT, UNKNOWN = "succeeded", "refused", "pending", "absent", "unknown"
SAID = (SUCCEEDED, REFUSED, WAITING, ABSENT, UNKNOWN)
END_OF = {SUCCEEDED: SUCCESS, REFUSED: FAILED}

LONGEST_PAUSE = timedelta(minutes=10)
MOST_DAYS = 3660
NEVER_HEARD = "The partner never heard of it."


def sends_next(*, said: str | None, sends: int, most: int) -> bool:
    """Whether the next call sends: at first, and when the partner has not heard of it and tries remain.

    Whatever else is known, or not known, the partner is asked.
    """
    return sends == 0 or (said == ABSENT and sends < most)


def pause_after(steps: int, first_seconds: float) -> timedelta:
    """How long to wait before the partner is asked again: twice as long each time, ten minutes at most."""
    return min(timedelta(seconds=first_seconds * 2 ** min(steps - 1, 30)), LONGEST_PAUSE)
