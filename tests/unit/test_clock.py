"""Moments in JSON, and ids that sort by time."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, ids
from app.core.clock import rfc3339


def test_a_moment_is_shown_in_utc_with_milliseconds() -> None:
    west = timezone(timedelta(hours=-5, minutes=-30))
    assert rfc3339(datetime(2030, 1, 31, 20, 15, 0, 123999, tzinfo=west)) == "2030-02-01T01:45:00.123Z"


def test_a_moment_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        rfc3339(datetime(2030, 1, 1))  # noqa: DTZ001 - the naive one is the case


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1)))  # noqa: DTZ001
def test_what_is_shown_is_the_same_moment(moment: datetime) -> None:
    shown = datetime.fromisoformat(rfc3339(moment))
    assert shown.tzinfo == UTC
    assert timedelta(0) <= moment.astimezone(UTC) - shown < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        ("2030-06-01", "UTC", "2030-06-01T00:00:00.000Z"),
        ("2030-06-01", "Europe/Berlin", "2030-05-31T22:00:00.000Z"),
        ("2030-01-01", "Europe/Berlin", "2029-12-31T23:00:00.000Z"),
        ("2030-01-01", "Pacific/Kiritimati", "2029-12-31T10:00:00.000Z"),
        ("2023-09-03", "America/Santiago", "2023-09-03T04:00:00.000Z"),  # this day begins at 01:00
    ],
)
def test_a_day_begins_at_midnight_of_its_zone(day: str, zone: str, moment: str) -> None:
    assert rfc3339(clock.beginning(date.fromisoformat(day), zone)) == moment


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = ids.uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_an_id_begins_with_the_millisecond_it_was_made_in() -> None:
    before, made, after = clock.unix_ms(), ids.uuid7(), clock.unix_ms()
    assert before <= made.int >> 80 <= after


def test_ids_of_later_milliseconds_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(2**40, 2**40 + 500))
    monkeypatch.setattr(ids, "unix_ms", lambda: next(moments))
    made = [ids.uuid7() for _ in range(500)]
    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(map(str, made))


def test_ids_of_one_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "unix_ms", lambda: 2**40)
    assert len({ids.uuid7() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-0.1, "0 ms"),
        (0.12, "120 ms"),
        (1.5, "1.5 s"),
        (10, "10 s"),
        (60, "1 min"),
        (63, "1 min 3 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_told_in_the_two_units_that_say_most(seconds: float, words: str) -> None:
    assert clock.lasting(seconds) == words
