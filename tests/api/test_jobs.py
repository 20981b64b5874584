"""`/jobs`, `/failed-jobs` and `/schedules` as an operator uses them."""

from typing import Any

import pytest

from app.core.roles import Role
from tests.api.conftest import AsRole
from tests.api.problem import assert_problem
from tests.callers import Caller

API = "/api/v1"
KEY = {"Idempotency-Key": "job-1"}
ENDED = "'2030-01-01T00:00:00Z', '2030-01-01T00:00:01.5Z'"
CHANGES = ["/jobs/{}/cancel", "/failed-jobs/{}/retry", "/failed-jobs/{}/discard"]


def job(sql: Any, state: str = "queued", name: str = "mail.deliver", error: str = "OSError: no") -> int:
    """A job in this state."""
    times = "NULL, NULL" if state in {"queued", "running"} else ENDED
    values = [name, state, error if state == "dead" else None, "Traceback: …" if state == "dead" else None]
    sql.execute(
        "INSERT INTO jobs (name, args, request_id, state, error, traceback, attempts, result, started_at, finished_at)"  # noqa: S608 - times are ours
        f" VALUES (%s, '{{\"email_id\": 1}}', 'r-1', %s, %s, %s, 3, '\"sent\"', {times}) RETURNING id",
        values,
    )
    job_id: int = sql.fetchone()[0]
    return job_id


def audited(sql: Any) -> list[tuple[Any, ...]]:
    """What was done to jobs and schedules, and by whom."""
    sql.execute("""
        SELECT action, object_type, object_id, actor_name, new FROM audit_log
        WHERE object_type IN ('job', 'schedule') ORDER BY id
    """)
    found: list[tuple[Any, ...]] = sql.fetchall()
    return found


def state_of(sql: Any, job_id: int) -> str:
    """Its state in the table."""
    sql.execute("SELECT state FROM jobs WHERE id = %s", [job_id])
    return str(sql.fetchone()[0])


def test_a_job_tells_its_result_and_how_long_it_took(staff: Caller, sql: Any) -> None:
    done = job(sql, "done")
    shown = staff.get(f"{API}/jobs/{done}").json
    facts = {"id": done, "name": "mail.deliver", "state": "done", "result": "sent", "seconds": 1.5, "attempts": 3}
    assert facts.items() <= shown.items()
    assert (shown["args"], shown["request_id"], shown["traceback"]) == ({"email_id": 1}, "r-1", None)
    assert shown["finished_at"] == "2030-01-01T00:00:01.500Z"
    waiting = staff.get(f"{API}/jobs/{job(sql)}").json
    assert (waiting["seconds"], waiting["finished_at"]) == (None, None)
    assert staff.get(f"{API}/jobs/{done}?fields=id,state").json == {"id": done, "state": "done"}


def test_jobs_are_listed_newest_first_by_state_and_kind(staff: Caller, sql: Any) -> None:
    ids = [job(sql, state) for state in ("queued", "done", "dead", "done")] + [job(sql, "done", "jobs.purge")]
    listed = staff.get(f"{API}/jobs?limit=2").json
    assert [row["id"] for row in listed["data"]] == ids[:2:-1]
    rest = staff.get(f"{API}/jobs?limit=100&cursor={listed['next_cursor']}").json
    assert [row["id"] for row in rest["data"]] == ids[2::-1]
    assert rest["next_cursor"] is None
    assert "traceback" not in rest["data"][0]
    done = staff.get(f"{API}/jobs?state=done&name=mail.deliver").json["data"]
    assert [row["id"] for row in done] == [ids[3], ids[1]]
    dead = staff.get(f"{API}/failed-jobs").json["data"]
    assert [(row["id"], row["error"], row["traceback"]) for row in dead] == [(ids[2], "OSError: no", "Traceback: …")]
    assert staff.get(f"{API}/failed-jobs?name=jobs.purge").json["data"] == []
    assert_problem(staff.get(f"{API}/jobs?state=lost"), 422, "validation_failed")
    assert_problem(staff.get(f"{API}/jobs?cursor=x"), 400, "bad_cursor")


def test_a_queued_job_is_cancelled_once(staff: Caller, sql: Any) -> None:
    queued = job(sql)
    first = staff.post(f"{API}/jobs/{queued}/cancel", headers=KEY)
    assert (first.status_code, first.json["state"]) == (200, "cancelled")
    again = staff.post(f"{API}/jobs/{queued}/cancel", headers=KEY)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert_problem(staff.post(f"{API}/jobs/{queued}/cancel"), 409, "job_not_queued")
    assert audited(sql) == [("job.cancelled", "job", str(queued), "operator", {})]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", ["queued", "running", "done", "dead", "cancelled", "discarded"])
def test_a_change_that_does_not_fit_the_state_is_refused_and_changes_nothing(
    staff: Caller, sql: Any, change: str, state: str
) -> None:
    job_id = job(sql, state)
    answer = staff.post(API + change.format(job_id))
    if state == ("queued" if "cancel" in change else "dead"):
        assert answer.status_code == 200
        assert len(audited(sql)) == 1
    else:
        problem = assert_problem(answer, 409, "job_not_queued" if "cancel" in change else "job_not_dead")
        assert f"The job is {state};" in problem["detail"]
        assert (state_of(sql, job_id), audited(sql)) == (state, [])


@pytest.mark.parametrize("change", CHANGES)
def test_a_job_that_is_not_there_is_404(staff: Caller, change: str) -> None:
    assert_problem(staff.post(API + change.format(2_000_000_000)), 404, "job_not_found")
    assert_problem(staff.get(f"{API}/jobs/2000000000"), 404, "job_not_found")


def test_a_dead_letter_gets_all_its_tries_again(staff: Caller, sql: Any) -> None:
    dead = job(sql, "dead")
    first = staff.post(f"{API}/failed-jobs/{dead}/retry", headers=KEY)
    assert (first.json["state"], first.json["attempts"], first.json["finished_at"]) == ("queued", 0, None)
    assert staff.post(f"{API}/failed-jobs/{dead}/retry", headers=KEY).headers["Idempotent-Replayed"] == "true"
    assert audited(sql) == [("job.retried", "job", str(dead), "operator", {})]


def test_all_dead_letters_of_a_kind_are_retried_and_no_others(staff: Caller, sql: Any) -> None:
    mails, other = [job(sql, "dead") for _ in range(3)], job(sql, "dead", "jobs.purge")
    queued = job(sql)
    answer = staff.post(f"{API}/failed-jobs/retry-all", json={"name": "mail.deliver"}, headers=KEY)
    assert answer.json == {"retried": 3}
    assert staff.post(f"{API}/failed-jobs/retry-all", json={"name": "mail.deliver"}, headers=KEY).json == {"retried": 3}
    assert {state_of(sql, each) for each in [*mails, queued]} == {"queued"}
    assert state_of(sql, other) == "dead"
    assert staff.post(f"{API}/failed-jobs/retry-all", json={}).json == {"retried": 1}
    assert staff.post(f"{API}/failed-jobs/retry-all", json={}).json == {"retried": 0}
    assert [(action, object_id, new) for action, _, object_id, _, new in audited(sql)] == [
        ("jobs.retried", "mail.deliver", {"jobs": 3}),
        ("jobs.retried", "all", {"jobs": 1}),
    ]


def test_schedules_are_listed_paused_resumed_and_run(staff: Caller, sql: Any) -> None:
    listed = {row["name"]: row for row in staff.get(f"{API}/schedules").json["data"]}
    assert listed["mail.purge"]["cron"] == "40 3 * * *"
    assert listed["jobs.beat"]["every_seconds"] == 10
    place = f"{API}/schedules/mail.purge"
    paused = staff.post(f"{place}/pause", headers=KEY)
    assert paused.json["paused_at"]
    assert staff.post(f"{place}/pause", headers=KEY).data == paused.data
    assert staff.post(f"{place}/resume").json["paused_at"] is None
    assert staff.post(f"{place}/run").status_code == 200
    sql.execute("SELECT name, state FROM jobs")
    assert sql.fetchall() == [("mail.purge", "queued")]
    assert [action for action, *_ in audited(sql)] == ["schedule.paused", "schedule.resumed", "schedule.run"]


@pytest.mark.parametrize("name", ["mail.deliver", "no.such", "x"])
@pytest.mark.parametrize("change", ["run", "pause", "resume"])
def test_what_is_no_schedule_is_404(staff: Caller, sql: Any, name: str, change: str) -> None:
    assert_problem(staff.post(f"{API}/schedules/{name}/{change}"), 404, "schedule_not_found")
    assert audited(sql) == []


def test_a_viewer_reads_and_changes_nothing(as_role: AsRole, sql: Any) -> None:
    viewer, dead = as_role(Role.VIEWER), job(sql, "dead")
    for path in ("/jobs", f"/jobs/{dead}", "/failed-jobs", "/schedules"):
        assert viewer.get(API + path).status_code == 200
    for path in (*(change.format(dead) for change in CHANGES), "/schedules/mail.purge/run"):
        assert_problem(viewer.post(API + path), 403, "not_permitted")
    assert_problem(viewer.post(f"{API}/failed-jobs/retry-all", json={}), 403, "not_permitted")
    assert (state_of(sql, dead), audited(sql)) == ("dead", [])
