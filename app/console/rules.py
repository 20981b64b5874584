"""What can be said of a sale from its figures alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# Fewer purchases, or a shorter time to look back on, are no pace.
FEWEST, SHORTEST_SECONDS = 5, 30.0


@dataclass(frozen=True)
class Forecast:
    """What becomes of the units that are not sold.

    `gone`: none is left; `unknown`: too little was bought lately to tell; `sells_out`: `at` is when; `left_over`: so
    many are `left` at the end.
    """

    kind: str
    at: datetime | None = None
    left: int = 0


def forecast(*, unsold: int, bought: int, seconds: float, now: datetime, ends_at: datetime) -> Forecast:
    """When the units are sold if it goes on as in the last seconds, in which so many were bought."""
    if unsold <= 0:
        return Forecast("gone")
    if bought < FEWEST or seconds < SHORTEST_SECONDS:
        return Forecast("unknown", left=unsold)
    needed, there_are = unsold * seconds / bought, max(0.0, (ends_at - now).total_seconds())
    if needed <= there_are:
        return Forecast("sells_out", at=now + timedelta(seconds=needed))
    return Forecast("left_over", left=max(1, unsold - int(bought / seconds * there_are)))


def same_name(typed: str, name: str) -> bool:
    """Whether somebody typed this name, however they spaced it."""
    return bool(typed.split()) and typed.split() == name.split()


def on_the_clock(moment: datetime, zone: str) -> str:
    """A moment as the clock of a zone shows it, to the second."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"
