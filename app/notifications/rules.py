"""What a notification is about, why one is suppressed, and when it is quiet."""

from datetime import datetime, time

FLASH_PROMO = "flash_promo"
KINDS = (FLASH_PROMO,)
# The first three are for the caller to say, the others are found when somebody is told.
REASONS = ("paused", "sold_out", "ended", "quiet_hours", "no_channel", "cap")


def is_quiet(wall: datetime, hours: tuple[time, time] | None) -> bool:
    """Whether a clock on the wall stands in the quiet hours: from the first moment on, until before the last."""
    if hours is None:
        return False
    begins, ends = hours
    shown = wall.time()
    return begins <= shown < ends if begins < ends else shown >= begins or shown < ends
