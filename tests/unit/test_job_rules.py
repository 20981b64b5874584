"""When a schedule is due, on every kind of day, and how long a failed job waits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.rules import LONGEST_PAUSE, latest_slot, pause_after

BERLIN = "Europe/Berlin"
# Clocks that change by an hour, by half an hour, by two, in the other half of the year, and never.
ZONES = [BERLIN, "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago", "Asia/Kolkata", "UTC"]
CRONS = {"* * * * *": 1 / 60, "*/15 * * * *": 0.25, "0 * * * *": 1, "30 2 * * *": 24, "0 9 * * *": 24, "0 2 * * 0": 168}
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given the zone there


def in_berlin(now: str, cron: str) -> str:
    """The slot of a moment, both as the wall in Berlin shows them."""
    moment = datetime.fromisoformat(now)
    slot = latest_slot(moment, every=None, cron=cron, zone=BERLIN)
    return slot.astimezone(ZoneInfo(BERLIN)).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-03-28T09:00:00+01:00", "2026-03-28T09:00+01:00"),
        ("2026-03-29T08:59:59+02:00", "2026-03-28T09:00+01:00"),
        ("2026-03-29T09:00:00+02:00", "2026-03-29T09:00+02:00"),
        ("2026-10-24T09:00:30+02:00", "2026-10-24T09:00+02:00"),
        ("2026-10-25T08:59:59+01:00", "2026-10-24T09:00+02:00"),
        ("2026-10-25T09:00:00+01:00", "2026-10-25T09:00+01:00"),
    ],
)
def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(now: str, slot: str) -> None:
    assert in_berlin(now, "0 9 * * *") == slot


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-03-29T01:59:59+01:00", "2026-03-28T02:30+01:00"),
        ("2026-03-29T03:29:59+02:00", "2026-03-28T02:30+01:00"),
        ("2026-03-29T03:30:00+02:00", "2026-03-29T03:30+02:00"),
        ("2026-03-30T02:29:59+02:00", "2026-03-29T03:30+02:00"),
    ],
)
def test_a_time_that_is_left_out_comes_an_hour_later(now: str, slot: str) -> None:
    assert in_berlin(now, "30 2 * * *") == slot


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-10-25T02:29:59+02:00", "2026-10-24T02:30+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:10:00+01:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30+02:00"),
        ("2026-10-26T02:30:00+01:00", "2026-10-26T02:30+01:00"),
    ],
)
def test_a_time_that_comes_twice_has_its_slot_the_first_time(now: str, slot: str) -> None:
    assert in_berlin(now, "30 2 * * *") == slot


@given(st.integers(1, 7 * 86_400), MOMENTS, MOMENTS)
def test_the_slot_of_an_interval_is_its_last_multiple(every: int, first: datetime, second: datetime) -> None:
    slots = [latest_slot(now, every=every, cron=None, zone=BERLIN) for now in sorted((first, second))]
    assert slots == sorted(slots)
    assert timedelta(0) <= max(first, second) - slots[1] < timedelta(seconds=every)
    assert slots[1].timestamp() % every == 0


@given(
    st.sampled_from(ZONES), st.sampled_from(sorted(CRONS)), MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=30))
)
def test_slots_never_lie_ahead_never_go_back_and_are_never_missed(
    zone: str, cron: str, now: datetime, pause: timedelta
) -> None:
    slot, later = (latest_slot(moment, every=None, cron=cron, zone=zone) for moment in (now, now + pause))
    assert slot <= now
    assert slot <= later
    # The clocks may be turned back by two hours, and a time that is left out may come two hours later.
    assert now - slot < timedelta(hours=CRONS[cron] + 4)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["*/15 * * * *", "30 1,2 * * *"])
def test_each_minute_of_a_year_of_changes_finds_each_slot_once_and_in_order(zone: str, cron: str) -> None:
    for day in (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 9, 10)):
        changes = [day + timedelta(hours=hour) for hour in range(31 * 24)]
        turn = [at for at in changes if _offset(at, zone) != _offset(at + timedelta(hours=1), zone)]
        for change in turn:
            minutes = [change + timedelta(minutes=minute) for minute in range(-180, 300, 5)]
            slots = [latest_slot(now, every=None, cron=cron, zone=zone) for now in minutes]
            assert slots == sorted(slots)
            assert all(slot <= now for slot, now in zip(slots, minutes, strict=True))


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


@given(st.integers(1, 10_000), st.floats(0.01, 3600))
def test_the_pause_doubles_up_to_an_hour(attempts: int, first: float) -> None:
    pause = pause_after(attempts, first)
    assert timedelta(seconds=first) - timedelta(microseconds=1) <= pause <= LONGEST_PAUSE
    assert abs(pause_after(attempts + 1, first) - min(pause * 2, LONGEST_PAUSE)) <= timedelta(microseconds=2)
