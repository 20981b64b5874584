"""What a notification is about, why one is suppressed, when it is quiet, and how far a customer has been told."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Cursor:
    """How far a customer has been told: of everything up to `floor`, and of these above it.

    Ids are given before the commit, so a lower one may become visible after a higher one. Up to the floor that can
    happen no more.
    """

    floor: int
    told: frozenset[int] = frozenset()

    def __str__(self) -> str:
        """As an event id."""
        return ".".join(map(str, (self.floor, *sorted(self.told))))

    def has(self, notification_id: int) -> bool:
        """Whether the customer was told of it."""
        return notification_id <= self.floor or notification_id in self.told

    def telling(self, notification_id: int) -> "Cursor":
        """The same after one more."""
        return Cursor(self.floor, self.told | {notification_id})

    def settled(self, floor: int) -> "Cursor":
        """The same, after everything up to there was told of that there will ever be."""
        if floor <= self.floor:
            return self
        return Cursor(floor, frozenset(each for each in self.told if each > floor))


def cursor_of(event_id: str) -> Cursor | None:
    """What an event id says, if it is one of ours."""
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18}){0,200}", event_id):
        return None
    floor, *told = map(int, event_id.split("."))
    return Cursor(floor, frozenset(told))
