"""When a schedule is due, and how long a failed job waits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

LONGEST_PAUSE = timedelta(hours=1)


def latest_slot(now: datetime, *, every: int | None, cron: str | None, zone: str) -> datetime:
    """The slot that the present moment belongs to.

    A cron slot is a time on the wall of the business zone, so 09:00 stays 09:00 when the clocks change; an hour that
    comes twice has its slots in its first turn, and a time that a change leaves out comes an hour later.
    """
    if every is not None:
        return datetime.fromtimestamp(now.timestamp() // every * every, tz=UTC)
    here = now.astimezone(ZoneInfo(zone))
    # While an hour comes again, the clocks of before the change show which slots are over.
    turned_back = (here.replace(fold=0).utcoffset() or timedelta()) - (here.utcoffset() or timedelta())
    # croniter looks strictly before the moment it is given.
    wall = croniter(cron or "", here.replace(tzinfo=None, fold=0) + turned_back + timedelta(seconds=1))
    slot = _at(wall.get_prev(datetime), zone)
    while slot > now:
        slot = _at(wall.get_prev(datetime), zone)
    return slot


def _at(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def pause_after(attempts: int, first_seconds: float) -> timedelta:
    """How long to wait after this many failed tries: twice as long each time, an hour at most."""
    return min(timedelta(seconds=first_seconds * 2 ** min(attempts - 1, 30)), LONGEST_PAUSE)
