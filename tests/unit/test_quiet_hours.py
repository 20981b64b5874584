"""Quiet hours are times on the wall of the business zone, over midnight and when the clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.core.settings.parsing import hours
from app.notifications.rules import is_quiet

NIGHT, NOON = hours("22:00-07:00"), hours("12:00-13:30")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("wall", "night", "noon"),
    [
        ("21:59:59", False, False),
        ("22:00:00", True, False),
        ("23:59:59", True, False),
        ("00:00:00", True, False),
        ("06:59:59", True, False),
        ("07:00:00", False, False),
        ("12:00:00", False, True),
        ("13:29:59", False, True),
        ("13:30:00", False, False),
    ],
)
def test_it_is_quiet_from_the_first_moment_until_before_the_last(wall: str, night: bool, noon: bool) -> None:
    moment = datetime.fromisoformat(f"2030-06-01T{wall}")
    assert (is_quiet(moment, NIGHT), is_quiet(moment, NOON), is_quiet(moment, None)) == (night, noon, False)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-03-29T04:59:59", True),  # summer time began at 01:00 UTC: it is 06:59:59
        ("2026-03-29T05:00:00", False),
        ("2026-10-25T04:59:59", True),  # and ended: it is 05:59:59
        ("2026-10-25T05:59:59", True),
        ("2026-10-25T06:00:00", False),
    ],
)
def test_the_wall_decides_when_the_clocks_change(moment: str, quiet: bool) -> None:
    wall = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(BERLIN)
    assert is_quiet(wall, NIGHT) == quiet


def test_hours_are_read_from_two_times() -> None:
    assert hours("") is None
    assert (time(22, 0), time(7, 0)) == NIGHT


@pytest.mark.parametrize("raw", ["22-7", "22:00", "24:00-07:00", "22:00-22:00", "22:60-07:00", "22:00 - 07:00"])
def test_anything_else_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="write two times of the day"):
        hours(raw)
