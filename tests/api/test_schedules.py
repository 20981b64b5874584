"""The clock's slots, on a real database: each is claimed once, whoever rings and however late."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import context, db
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.jobs import schedules, service
from app.jobs.registry import JOBS, JobKind
from app.jobs.schedules import RINGS
from tests.api.parallel import at_once, rows

ran = threading.Semaphore(0)


def tick() -> None:
    """A tick that is counted."""
    ran.release()


TICK = JobKind("probe.tick", tick, every=30)
HOURLY = JobKind("probe.hourly", tick, every=3600)
DAILY = JobKind("probe.daily", tick, cron="0 9 * * *")
BROKEN = JobKind("probe.broken", lambda: 1 / 0, every=30)


@pytest.fixture
def clock(app: HoldfastApp, clean: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only these schedules, inside the application."""
    for name in list(JOBS):
        monkeypatch.delitem(JOBS, name)
    for kind in (TICK, HOURLY, DAILY, BROKEN):
        monkeypatch.setitem(JOBS, kind.name, kind)
    with app.app_context(), context.surroundings(source="job"):
        yield


def asked() -> list[str]:
    """The jobs that the clock asked for."""
    return [name for (name,) in rows("SELECT name FROM jobs ORDER BY name")]


def last(name: str, ago: timedelta) -> None:
    """A schedule that was last asked for then."""
    rows("INSERT INTO schedules (name, last_slot) VALUES (%s, %s)", name, datetime.now(UTC) - ago)


def test_a_slot_is_claimed_once_by_many_rings_at_once(
    app: HoldfastApp, clock: None, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, slot = datetime.now(UTC), schedules._slot  # noqa: SLF001 - no slot begins while they ring
    monkeypatch.setattr(schedules, "_slot", lambda kind, _, given: slot(kind, moment, given))
    for kind in (TICK, HOURLY, DAILY):
        last(kind.name, timedelta(days=3))
    ticks = at_once(app, 6, lambda number: schedules.due(chosen, seconds=RINGS[number % 2]))
    assert sorted(name for names in ticks for name in names) == ["probe.broken", "probe.tick"]
    assert asked() == ["probe.daily", "probe.hourly"]
    slots = dict(rows("SELECT name, last_slot FROM schedules"))
    now = datetime.now(UTC)
    assert (slots["probe.hourly"].minute, now - slots["probe.hourly"] < timedelta(hours=1, minutes=1)) == (0, True)
    assert slots["probe.daily"].hour == 9


def test_slots_that_were_missed_are_asked_for_once(clock: None, chosen: Settings) -> None:
    last(HOURLY.name, timedelta(days=30))
    last(DAILY.name, timedelta(days=30))
    for _ in range(3):
        schedules.due(chosen, seconds=RINGS[1])
    assert asked() == ["probe.daily", "probe.hourly"]


def test_a_clock_time_that_is_seen_for_the_first_time_waits_for_its_next_slot(clock: None, chosen: Settings) -> None:
    schedules.due(chosen, seconds=RINGS[1])
    assert asked() == ["probe.hourly"]
    rows("UPDATE schedules SET last_slot = last_slot - interval '1 day'")
    schedules.due(chosen, seconds=RINGS[1])
    assert asked() == ["probe.daily", "probe.hourly", "probe.hourly"]


def test_a_clock_that_goes_back_asks_for_nothing(clock: None, chosen: Settings) -> None:
    last(HOURLY.name, -timedelta(hours=2))
    last(DAILY.name, -timedelta(days=2))
    schedules.due(chosen, seconds=RINGS[1])
    assert asked() == []


def test_what_is_paused_is_not_asked_for_and_what_is_resumed_is_asked_for_once(clock: None, chosen: Settings) -> None:
    for kind in (HOURLY, DAILY, TICK, BROKEN):
        last(kind.name, timedelta(days=3))
        with db.transaction():
            service.pause(name=kind.name)
    assert [schedules.due(chosen, seconds=seconds) for seconds in RINGS] == [[], []]
    assert asked() == []
    for kind in (HOURLY, DAILY):
        with db.transaction():
            service.resume(name=kind.name)
    for _ in range(2):
        schedules.due(chosen, seconds=RINGS[1])
    assert asked() == ["probe.daily", "probe.hourly"]


def test_a_tick_that_fails_is_written_down_and_forgotten_when_it_works(clock: None, chosen: Settings) -> None:
    assert sorted(schedules.due(chosen, seconds=RINGS[0])) == ["probe.broken", "probe.tick"]
    schedules.run_tick(BROKEN)
    schedules.run_tick(TICK)
    found: dict[str, Any] = dict(rows("SELECT name, last_error FROM schedules WHERE last_run_at IS NOT NULL"))
    assert found == {"probe.broken": "ZeroDivisionError: division by zero", "probe.tick": None}
    assert ran.acquire(blocking=False)
    schedules.run_tick(JobKind(BROKEN.name, tick, every=30))
    assert rows("SELECT last_error FROM schedules WHERE name = 'probe.broken'") == [(None,)]
    assert asked() == []
