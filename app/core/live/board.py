"""The newest state of one subject, for all who watch it in this process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition

from app.core import jsons
from app.core.clock import monotonic, rfc3339
from app.core.live.events import event
from app.core.streams import Snapshot, Zones


@dataclass(frozen=True)
class Zone:
    """A part of a page, and in which change of the board it became what it is."""

    html: str
    since: int


class Board:
    """Zones with the number of the change that made each; who waits is woken by the next one.

    There is no queue: a reader who was away gets, in one event, what differs from what they had.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._moved = Condition()
        self._zones: dict[str, Zone] = {}
        self._moment: datetime | None = None
        self._seen_at = 0.0
        self._made: dict[int, bytes] = {}
        self.number = 0
        self.over = False

    def show(self, seen: Snapshot) -> None:
        """Take what was seen; watchers are woken when it differs from what stands here."""
        with self._moved:
            if seen.moment != self._moment:
                self._moment, self._seen_at = seen.moment, monotonic()
            if {name: zone.html for name, zone in self._zones.items()} != seen.zones:
                self._change(seen.zones)

    def end(self) -> None:
        """There will be no more news."""
        with self._moved:
            self.over = True
            self._moved.notify_all()

    def wait(self, number: int, seconds: float) -> None:
        """Wait until there is something newer than this change, the end, or the time is over."""
        with self._moved:
            self._moved.wait_for(lambda: self.number > number or self.over, seconds)

    def news(self, number: int) -> tuple[int, bytes]:
        """The present change, and an event with the zones that are newer than the given one."""
        with self._moved:
            if number not in self._made:
                newer = {name: zone.html for name, zone in self._zones.items() if zone.since > number}
                self._made[number] = jsons.dump(newer)
            return self.number, event("zones", b'{"zones":' + self._made[number] + b"," + self._clock()[1:])

    def beat(self) -> bytes:
        """An event that says what time it is and how old the state is."""
        return event("beat", self._clock())

    def _change(self, zones: Zones) -> None:
        self.number += 1
        known = self._zones.get
        self._zones = {
            name: before if (before := known(name)) and before.html == html else Zone(html, self.number)
            for name, html in zones.items()
        }
        self._made.clear()
        self._moved.notify_all()

    def _clock(self) -> bytes:
        """The time by the database's clock, counted on from when it was last read there."""
        if self._moment is None:
            return jsons.dump({"now": None, "age": None})
        age = monotonic() - self._seen_at
        return jsons.dump({"now": rfc3339(self._moment + timedelta(seconds=age)), "age": round(age, 2)})
