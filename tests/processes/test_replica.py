"""Reports from a replica that streams from the primary, and from the primary as soon as it is late, gone or hangs."""

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from devstack.postgres import ROLE
from tests.api.routes import routes
from tests.processes.load import PLACE, STORES
from tests.processes.stack import DATABASE, FLASK, Stack, eventually, prepared, serving, serving_beside
from tests.processes.standby import Standby, url_of
from tests.processes.streaming import console_session

AS_OF = "X-Data-As-Of"
AUDIT, DAILY = "/api/v1/audit-log", "/api/v1/reports/daily?date=2026-01-01"
# What a report needs to be asked for at all.
ASKED = {"/api/v1/analytics/export": "table=series", "/api/v1/analytics/promos": "ids=1,2"}
ASIDE, AGE = "holdfast_replica_aside", "holdfast_reports_age_seconds"
LATE_AFTER = "2"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%%'"


@dataclass
class Reports:
    """A running system with a replica, and two who ask it."""

    web: Stack
    replica: Standby
    token: str
    browser: requests.Session

    def get(self, path: str) -> Any:
        """The answer, by whoever may ask there; there always is one."""
        address = f"http://127.0.0.1:{self.web.port}{path}"
        headers = {"Authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {}
        answer = self.browser.get(address, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer

    def is_from_the_replica(self, path: str = AUDIT) -> bool:
        """Whether it says as of when it is."""
        return AS_OF in self.get(path).headers

    def as_of(self) -> datetime:
        """As of when the replica answers; long ago while it does not."""
        return datetime.fromisoformat(self.get(AUDIT).headers.get(AS_OF, "2000-01-01T00:00:00Z"))

    def is_from_the_primary(self) -> bool:
        """Whether it is of now."""
        return not self.is_from_the_replica()

    def shows(self, name: str) -> bool:
        """Whether the audit log has the store of this name."""
        return name in self.get(f"{AUDIT}?action=store.created").text

    def make(self, name: str) -> None:
        """Change something on the primary."""
        made = self.web.patiently("POST", STORES, token=self.token, json=PLACE | {"name": name})
        assert made.status_code == 201, made.text


@pytest.fixture(scope="module")
def reports() -> Iterator[Reports]:
    changes = {"WORKERS": "1", "DB_STATEMENT_TIMEOUT_MS": "1000", "DATABASE_READ_LAG_SECONDS": LATE_AFTER}
    with (
        tempfile.TemporaryDirectory(prefix="hf-read-") as home,
        prepared(Path(home), **changes) as stack,
        Standby(stack.home / "replica", stack.postgres) as replica,
    ):
        stack.environment["DATABASE_READ_URL"] = url_of(replica, wants="any")
        with serving(stack):
            yield Reports(stack, replica, stack.token(), console_session(stack, "operator"))


@pytest.fixture(autouse=True)
def near(reports: Reports) -> None:
    eventually(reports.is_from_the_replica, "the replica is asked")


def replica(reports: Reports) -> dict[str, str]:
    """What the doctor says of it."""
    checks: list[dict[str, str]] = json.loads(reports.web.run(*FLASK, "doctor", "--json").stdout)["checks"]
    return next(each for each in checks if each["name"] == "Replica")


def paths() -> list[str]:
    found = {route.rule.rule for route in routes() if getattr(route.view, "unit", "") == "report"}
    return sorted(f"{path}?{ASKED[path]}" if path in ASKED else path for path in found)


@pytest.mark.parametrize("path", paths())
def test_the_replica_can_answer_every_report(reports: Reports, path: str) -> None:
    eventually(lambda: reports.is_from_the_replica(path), "it is read from the replica")


def test_what_is_changed_on_the_primary_is_in_the_reports_of_the_replica(reports: Reports) -> None:
    reports.make("Streamed to the replica")
    eventually(lambda: reports.is_from_the_replica() and reports.shows("Streamed to the replica"), "it is there")


def test_a_replica_that_stands_still_is_asked_until_it_is_late(reports: Reports) -> None:
    assert reports.replica.asked("SELECT pg_wal_replay_pause() IS NULL") is not None
    try:
        reports.make("While it stands still")
        eventually(reports.is_from_the_primary, "it is late")
        assert reports.shows("While it stands still")
    finally:
        reports.replica.asked("SELECT pg_wal_replay_resume() IS NULL")


def test_without_its_replica_reports_go_on_and_say_the_same(reports: Reports) -> None:
    eventually(lambda: reports.is_from_the_replica(DAILY), "it is read from the replica")
    before = reports.get(DAILY)
    eventually(lambda: reports.web.state(ASIDE) == 0 and reports.web.state(AGE) > 0, "the replica is asked")
    eventually(lambda: replica(reports)["level"] == "ok", "the replica is near")
    reports.replica.kill()
    after = [reports.get(DAILY) for _ in range(5)]
    assert [AS_OF in answer.headers for answer in after] == [False] * 5
    assert {answer.text for answer in after} == {before.text}
    assert reports.web.state(ASIDE) == 1
    assert reports.web.state(AGE) == 0
    assert (replica(reports)["level"], replica(reports)["fact"]) == ("warning", "Does not answer.")
    reports.replica.start()


def test_servers_behind_one_name_are_not_taken_for_each_other(reports: Reports) -> None:
    """Connections to the one that was measured are in the pool, those that come now lead to one that stands still."""
    name, other, new = reports.web.home / "either", reports.web.home / "other", "Only one of them has it"
    name.symlink_to(reports.replica.sockets)
    reached = f"postgresql://{ROLE}@{quote(str(name), safe='')}/{DATABASE}"
    with (
        Standby(reports.web.home / "behind", reports.web.postgres) as behind,
        serving_beside(reports.web, DATABASE_READ_URL=reached) as web,
    ):
        beside = replace(reports, web=web)
        behind.asked("SELECT pg_wal_replay_pause() IS NULL")
        eventually(lambda: behind.asked("SELECT pg_get_wal_replay_pause_state()") == "paused", "it stands still")
        reports.make(new)
        [(made,)] = reports.web.sql("SELECT clock_timestamp()")
        eventually(lambda: beside.as_of() > made, "what is read now shows it")
        other.symlink_to(behind.sockets)
        other.rename(name)
        with ThreadPoolExecutor(8) as pool:

            def somebody_is_led_there() -> bool:
                assert all(pool.map(beside.shows, [new] * 80))
                return behind.asked(SESSIONS) != 0

            eventually(somebody_is_led_there, "the one that stands still is reached")


def test_a_replica_that_hangs_costs_one_wait(reports: Reports) -> None:
    with reports.web.frozen(reports.replica):
        for _ in range(3):
            reports.get(AUDIT)
        assert reports.is_from_the_primary()
