"""Which days, of which promos: business days, both ends included, perhaps of one promo, store or segment alone."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core import clock
from app.core.db import session

LONGEST_DAYS = 366
# How many days a grain may show, so that a series stays one that somebody can look at.
DAYS_BY_GRAIN = {"minute": 1, "hour": 31, "day": LONGEST_DAYS}
HOUR = timedelta(hours=1)
# Of which promos, put to any column that holds their id. A segment means the promos that are for it.
WANTED = """
    (CAST(:promo_id AS bigint) IS NULL OR {id} = :promo_id)
    AND (CAST(:store_id AS bigint) IS NULL OR {id} = ANY (ARRAY(
        SELECT w.id FROM promos AS w JOIN products AS g ON g.id = w.product_id WHERE g.store_id = :store_id)))
    AND (CAST(:segment_id AS bigint) IS NULL OR {id} = ANY (ARRAY(
        SELECT w.promo_id FROM promo_segments AS w WHERE w.segment_id = :segment_id)))
"""


@dataclass(frozen=True)
class Span:
    """Business days, both included; `until`: nothing from this moment on."""

    first: date
    last: date
    zone: str
    promo_id: int | None = None
    store_id: int | None = None
    segment_id: int | None = None
    until: datetime | None = None

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return clock.beginning(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The moment after its last one."""
        over = clock.beginning(self.last + timedelta(days=1), self.zone)
        return max(self.begins, min(over, self.until)) if self.until else over

    def asked(self) -> dict[str, Any]:
        """Its words in a statement."""
        which = {"promo_id": self.promo_id, "store_id": self.store_id, "segment_id": self.segment_id}
        return {"begins": self.begins, "ends": self.ends, **which}

    def cut(self, moment: datetime) -> "Span":
        """The part of it before a moment."""
        return replace(self, until=moment)

    def before(self, days: int) -> "Span":
        """As long, so many days before; up to the same time of the day, by the clock of the zone."""
        back = timedelta(days=days)
        until = self.until and _same_time(self.until, back, self.zone)
        return replace(self, first=self.first - back, last=self.last - back, until=until)

    def on(self, day: date) -> "Span":
        """One day of it alone."""
        return replace(self, first=day, last=day)

    def buckets(self, grain: str) -> list[datetime]:
        """When its minutes, hours or days begin; a day is as long as it is in the zone."""
        if grain == "day":
            found = [clock.beginning(self.first + timedelta(days=day), self.zone) for day in range(self.days)]
        else:
            step = HOUR if grain == "hour" else timedelta(minutes=1)
            found = [self.begins + step * number for number in range((self.ends - self.begins) // step + 1)]
        return [at for at in found if at < self.ends]


def _same_time(moment: datetime, back: timedelta, zone: str) -> datetime:
    place = ZoneInfo(zone)
    wall = moment.astimezone(place).replace(tzinfo=None) - back
    return wall.replace(tzinfo=place).astimezone(UTC)


def now() -> datetime:
    """The present moment, by the database's clock."""
    moment: datetime = session().scalar(select(func.clock_timestamp()))  # type: ignore[assignment]  # never NULL
    return moment
