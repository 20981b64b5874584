"""The calendar of promos: each day as long as it is in the zone of the business, and nothing drawn over another."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.promos.console import weeks
from tests.api.console_promos import PAGE
from tests.api.made_promos import drafted
from tests.callers import Caller

BERLIN = "Europe/Berlin"
NOW = datetime(2030, 6, 4, 10, tzinfo=UTC)


@dataclass
class Planned:
    """A promo as the calendar sees one."""

    id: int
    starts_at: datetime
    over_at: datetime


def planned(start: str, hours: float, number: int = 1) -> Any:
    begins = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return Planned(number, begins, begins + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("monday", "sunday_hours", "noon"),
    [("2030-03-25", 23, 11 / 23), ("2030-10-21", 25, 13 / 25), ("2030-06-03", 24, 0.5)],
)
def test_the_day_on_which_the_clocks_change_has_its_own_length(monday: str, sunday_hours: int, noon: float) -> None:
    days = weeks.week(date.fromisoformat(monday), [], BERLIN, NOW)
    assert [day.hours for day in days] == [24] * 6 + [sunday_hours]
    assert dict(days[-1].marks)[12] == pytest.approx(noon * 100)


def test_a_promo_in_the_hour_that_comes_twice_has_its_length() -> None:
    first, second = planned("2030-10-27T00:00", 1), planned("2030-10-27T01:00", 2, 2)
    sunday = weeks.week(date(2030, 10, 21), [first, second], BERLIN, NOW)[-1]
    assert [block.top for block in sunday.blocks] == pytest.approx([2 / 25 * 100, 3 / 25 * 100])
    assert [block.height for block in sunday.blocks] == pytest.approx([weeks.LEAST_HEIGHT, 2 / 25 * 100])


def test_now_is_drawn_on_the_one_day_that_it_is() -> None:
    assert [day.now for day in weeks.week(date(2030, 6, 3), [], BERLIN, NOW)] == [None, 50.0, *[None] * 5]
    assert [day.now for day in weeks.week(date(2030, 6, 10), [], BERLIN, NOW)] == [None] * 7


def test_a_promo_over_midnight_stands_on_both_days() -> None:
    week = weeks.week(date(2030, 6, 3), [planned("2030-06-03T20:00", 6)], BERLIN, NOW)
    drawn = [block for day in week for block in day.blocks]
    assert [block.top for block in drawn] == pytest.approx([22 / 24 * 100, 0])
    assert [block.height for block in drawn] == pytest.approx([2 / 24 * 100, 4 / 24 * 100])
    assert [len(day.blocks) for day in week] == [1, 1, 0, 0, 0, 0, 0]


def test_promos_at_one_time_stand_side_by_side_and_others_take_the_width() -> None:
    rows = [planned("2030-06-03T06:00", 4), planned("2030-06-03T07:00", 1, 2), planned("2030-06-03T08:30", 1, 3)]
    rows += [planned("2030-06-03T15:00", 2, 4)]
    blocks = {block.promo.id: block for block in weeks.week(date(2030, 6, 3), rows, BERLIN, NOW)[0].blocks}
    assert [(blocks[n].left, blocks[n].width) for n in (1, 2, 3, 4)] == [(0, 50), (50, 50), (50, 50), (0, 100)]
    assert not any(covers(one, other) for one in blocks.values() for other in blocks.values() if one is not other)


def covers(one: weeks.Block, other: weeks.Block) -> bool:
    beside = one.left + one.width <= other.left + 1e-9 or other.left + other.width <= one.left + 1e-9
    apart = one.top + one.height <= other.top + 1e-9 or other.top + other.height <= one.top + 1e-9
    return not beside and not apart


def test_a_short_promo_at_the_end_of_a_day_stays_in_its_column() -> None:
    day = weeks.week(date(2030, 6, 3), [planned("2030-06-03T21:58", 0.02)], BERLIN, NOW)[0]
    assert day.blocks[0].top + day.blocks[0].height == pytest.approx(100)


def test_the_page_shows_the_week_that_it_is_asked_for(staff: Caller) -> None:
    made = drafted(staff, starts_at="2030-06-05T10:00:00Z", ends_at="2030-06-05T11:00:00Z").json
    link = f'href="{PAGE}/{made["id"]}"'
    for week, shown in (("2030-06-03", True), ("2030-06-09", True), ("2030-06-10", False), ("x", False)):
        answer = staff.client.get(f"{PAGE}/calendar?week={week}")
        assert (answer.status_code, link in answer.text) == (200, shown)
    text = staff.client.get(f"{PAGE}/calendar?week=2030-06-05").text
    assert ("week=2030-05-27" in text, "week=2030-06-10" in text) == (True, True)


@pytest.mark.parametrize("week", ["0001-01-01", "1970-01-01", "9998-12-31", "9999-12-31", "2030-02-30", ""])
def test_a_day_at_the_end_of_the_calendar_is_no_fault(staff: Caller, week: str) -> None:
    assert staff.client.get(f"{PAGE}/calendar?week={week}").status_code == 200
