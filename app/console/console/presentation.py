"""A sale in the words and drawings of the sale room; nothing here depends on who looks or on when it is drawn."""

from typing import Any
from zoneinfo import ZoneInfo

from app.console import rules
from app.console.console.drawing import Course, Map, course, spread
from app.console.queries.room import Room
from app.console.rules import Forecast
from app.core.clock import lasting
from app.core.errors import CATALOGUE
from app.promos.queries.course import LATELY_SECONDS

STATUSES = {
    "draft": ("Draft", ""),
    "scheduled": ("Scheduled", "live"),
    "running": ("Running", "ok"),
    "paused": ("Paused", "bad"),
    "sold_out": ("Sold out", "warn"),
    "ended": ("Ended", ""),
}
EVENTS = {
    "held": ("Held", "live"),
    "completed": ("Bought", "ok"),
    "lapsed": ("Lapsed", ""),
    "released": ("Released", ""),
    "paid": ("Paid", "ok"),
    "cancelled": ("Cancelled", "bad"),
}
QUIET, OVER = {"draft", "scheduled"}, "ended"
NONE = "\u2013"


class Words:
    """A room, ready to be shown."""

    def __init__(self, room: Room) -> None:
        """Keep what was read."""
        self.room, self.promo, self.sums, self.works = room, room.promo, room.sums, room.works
        self.state, self.events = STATUSES[room.promo.status], EVENTS

    def clock(self, moment: Any) -> str:
        """A moment by the clock of the store."""
        return rules.on_the_clock(moment, self.promo.timezone)

    def day_and_clock(self, moment: Any) -> str:
        """The same with its day, if that is not today there."""
        zone = ZoneInfo(self.promo.timezone)
        there = moment.astimezone(zone)
        today = there.date() == self.promo.server_time.astimezone(zone).date()
        return self.clock(moment) if today else f"{there:%a %d %b}, {self.clock(moment)}"

    def utc(self, moment: Any) -> str:
        """A moment by UTC."""
        return rules.on_the_clock(moment, "UTC")

    def refusal(self, code: str) -> str:
        """A refusal's code as a title."""
        return CATALOGUE[code].title() if code in CATALOGUE else code

    @property
    def began(self) -> bool:
        """Whether it was ever open."""
        return self.promo.activated_at is not None and self.promo.status not in QUIET

    @property
    def unsold(self) -> int:
        """The units that are not sold, held ones among them."""
        return int(self.promo.quantity - self.promo.sold)

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """The parts of the stock; they add up to all of its units."""
        promo = self.promo
        if promo.status == "draft":
            return [("planned", promo.quantity, "planned")]
        free = max(0, promo.available_now)
        back = promo.quantity - promo.sold - promo.held - free
        rest = [("back on the shelf", back + free, "planned")] if promo.status == OVER else [("left", free, "left")]
        return [("sold", promo.sold, "sold"), ("held", promo.held, "held"), *rest]

    @property
    def figures(self) -> list[tuple[str, Any, str]]:
        """The figures: what each is called, its value, and what belongs to it."""
        ends, money, promo = self.sums.ends, self.sums.money, self.promo
        over = ends.count("completed", "returned", "expired", "released")
        bought = ends.count("completed", "returned")
        p95, refused = self.sums.confirm_p95, sum(row.count for row in self.sums.refused)
        paid = f"{money.paid:,} paid"
        return [
            ("Held now", f"{promo.held:,}", ""),
            ("Completed", f"{promo.sold:,}", _came_back(ends.count("returned"))),
            ("Conversion", f"{bought / over:.0%}" if over else NONE, "of holds that ended"),
            ("Lapsed", f"{ends.count('expired'):,}", f"{ends.count('released'):,} released"),
            ("Revenue", money.captured - money.refunded, paid),
            ("Orders a minute", f"{ends.minute.get('completed', 0) + ends.minute.get('returned', 0):,}", "last 60 s"),
            ("To confirm, p95", NONE if p95 is None else lasting(p95), "hold to purchase"),
            ("Refused", f"{refused:,}", ""),
        ]

    @property
    def forecast(self) -> Forecast | None:
        """What becomes of the rest at this pace; None while nothing is sold for another reason."""
        promo, ends = self.promo, self.sums.ends
        if promo.status not in {"running", "sold_out"}:
            return None
        seconds = min(float(LATELY_SECONDS), (promo.server_time - self.room.since).total_seconds())
        bought = ends.lately.get("completed", 0)
        asked = {"unsold": self.unsold, "bought": bought, "seconds": seconds}
        return rules.forecast(**asked, now=promo.server_time, ends_at=promo.over_at)

    @property
    def course(self) -> Course:
        """The burn-down of the units."""
        return course(self.room, self.forecast)

    @property
    def map(self) -> Map:
        """Where the orders come from."""
        return spread(self.promo, self.room.squares)

    @property
    def refusals(self) -> list[tuple[str, int, float]]:
        """Why customers were refused, how often, and how that compares with the most frequent reason."""
        most = max((row.count for row in self.sums.refused), default=1)
        return [(row.code, row.count, row.count * 100 / most) for row in self.sums.refused]


def _came_back(units: int) -> str:
    return f"{units:,} came back" if units else ""
