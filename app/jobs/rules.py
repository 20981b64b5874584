"""When a schedule is due, and how long a failed job waits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

LONGEST_PAUSE = timedelta(hours=1)


def latest_slot(now: datetime, *, every: int | None, cron: str, zone: str) -> datetime:
    """The slot that the present moment belongs to.

    A cron slot is a time on the wall of the business zone, so 09:00 stays 09:00 when the clocks change; an hour that
    comes twice has its slot once, and a time that a change leaves out comes an hour later.
    """
    if every is not None:
        return datetime.fromtimestamp(now.timestamp() // every * every, tz=UTC)
    wall = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    # croniter looks strictly before the moment it is given.
    on_the_wall = croniter(cron, wall + timedelta(seconds=1)).get_prev(datetime)
    slot: datetime = on_the_wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return slot


def pause_after(attempts: int, first_seconds: float) -> timedelta:
    """How long to wait after this many failed tries: twice as long each time, an hour at most."""
    return min(timedelta(seconds=first_seconds * 2 ** min(attempts - 1, 30)), LONGEST_PAUSE)
