"""The only place that asks Python what time it is; deadlines are the database's (`clock_timestamp()`)."""

import time
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def utcnow() -> datetime:
    """The present moment, aware, for logs and tokens."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go back, for durations."""
    return time.monotonic()


def unix_ms() -> int:
    """Milliseconds since 1970, for ids that sort by time."""
    return time.time_ns() // 1_000_000


def rfc3339(moment: datetime) -> str:
    """A moment as JSON shows it; a naive one is a programming error."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no RFC 3339 form")
    here = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{here.isoformat(timespec='milliseconds')[:-6]}Z"


def lasting(seconds: float) -> str:
    """How long that is, in words for people: the two units that say most."""
    if seconds < 60:
        return f"{float(seconds):.3g} s" if seconds >= 1 else f"{max(seconds, 0) * 1000:.0f} ms"
    size, unit, part, lesser = next(words for words in _UNITS if seconds >= words[0])
    rest = int(seconds % size // part)
    return f"{seconds // size:.0f} {unit} {rest} {lesser}" if rest else f"{seconds // size:.0f} {unit}"


def beginning(day: date, zone: str) -> datetime:
    """The moment at which a day begins in a zone."""
    return datetime.combine(day, time_of_day.min, ZoneInfo(zone)).astimezone(UTC)


def naive_utcnow() -> datetime:
    """The present moment without its zone, as rq-scheduler wants it."""
    return utcnow().replace(tzinfo=None)
