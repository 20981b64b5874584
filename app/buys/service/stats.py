"""The figures of `/stats`: of one instant, whether or not the records are folded yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.buys import queries
from app.core import presence
from app.core.settings import Settings


@dataclass(frozen=True)
class Stats:
    """How long the service is up, and how much was bought."""

    current_time: datetime
    uptime_seconds: float
    total_buys: int
    total_purchases: int
    n_recent_buys: int
    timeframe_hours: float
    server_status: str = "running"

    @property
    def uptime_formatted(self) -> str:
        """In words."""
        minutes, seconds = divmod(int(self.uptime_seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours // 24}d {hours % 24}h {minutes}m {seconds}s"


def stats(*, hours: float, settings: Settings) -> Stats:
    """The figures now; `hours` back for the recent ones."""
    row = queries.totals(hours)
    if row.silent_for is None or row.silent_for > settings.presence_seconds:
        presence.say(settings)
        row = queries.totals(hours)
    return _stats_of(row, hours)


def _stats_of(row: Any, hours: float) -> Stats:
    return Stats(row.now, round(max(0.0, row.up_for), 3), row.units, row.records, row.recent, hours)
