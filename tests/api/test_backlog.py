"""What is said of open jobs: who waits, since when, and at a cost that does not grow with their number."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core import context, db
from app.core.pagination import COUNTED_TO
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.jobs import leasing, queries, service
from app.jobs.registry import JobKind
from tests.callers import Caller

BEAT = JobKind("jobs.beat", lambda: None)
MANY = 200_000


@pytest.fixture
def backlog(app: HoldfastApp, clean: None) -> Any:
    """Asks for the figures."""

    def ask() -> dict[str, int]:
        with app.app_context(), db.statement():
            found = queries.backlog()._asdict()
        return {name: int(found[name]) for name in ("waiting", "later", "running", "dead", "oldest_seconds")}

    return ask


def none_but(**figures: int) -> dict[str, int]:
    """These figures; the others are nothing."""
    return {"waiting": 0, "later": 0, "running": 0, "dead": 0, "oldest_seconds": 0} | figures


def test_a_job_waits_from_when_it_is_due_until_a_worker_has_it(
    app: HoldfastApp, backlog: Any, chosen: Settings, sql: Any
) -> None:
    assert backlog() == none_but()
    with app.app_context(), context.surroundings(source="job"):
        with db.transaction():
            service.enqueue(BEAT.name)
            service.enqueue(BEAT.name, delay=timedelta(hours=1))
        assert backlog() == none_but(waiting=1, later=1)
        sql.execute("UPDATE jobs SET ready_at = ready_at - interval '1 minute'")
        with db.transaction():
            (offered,) = leasing.offer(chosen, limit=9)
        assert backlog() == none_but(waiting=1, later=1, oldest_seconds=60)
        with db.transaction():
            (lease,) = leasing.lease(chosen, BEAT, [offered.id], worker="w")
        assert backlog() == none_but(running=1, later=1)
        with db.transaction():
            leasing.fail(chosen, BEAT, lease, error="no", traceback="")
        assert backlog() == none_but(later=2)
        sql.execute("UPDATE jobs SET state = 'dead', finished_at = clock_timestamp() WHERE id = %s", [offered.id])
        assert backlog() == none_but(dead=1, later=1)
        with db.transaction():
            service.retry(job_id=offered.id)
        assert backlog() == none_but(waiting=1, later=1)


def test_a_job_for_later_says_so(staff: Caller, app: HoldfastApp) -> None:
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        service.enqueue(BEAT.name, delay=timedelta(hours=1))
    (job,) = staff.get("/api/v1/jobs").json["data"]
    assert job["ready_at"] > job["created_at"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All steps of a plan."""
    return [plan, *(node for each in plan.get("Plans", []) for node in nodes(each))]


@pytest.mark.parametrize("due", ["-1 hour", "1 hour"], ids=["due", "for later"])
def test_the_figures_look_at_no_more_rows_than_they_count(app: HoldfastApp, backlog: Any, sql: Any, due: str) -> None:
    asked = """
        INSERT INTO jobs (name, args, request_id, state, due_at, ready_at, finished_at)
        SELECT 'jobs.beat', '{}', 'r', state, at, at, CASE state WHEN 'dead' THEN at END
        FROM generate_series(1, %s) AS n,
            LATERAL (SELECT clock_timestamp() + %s::interval + n * interval '1 ms' AS at,
                            CASE n %% 2 WHEN 0 THEN 'queued' ELSE 'dead' END AS state) AS made
    """
    sql.execute(asked, [MANY, due])
    sql.execute("ANALYZE jobs")
    figure = "waiting" if due.startswith("-") else "later"
    assert (backlog()[figure], backlog()["dead"]) == (COUNTED_TO, COUNTED_TO)
    with app.app_context(), db.statement() as session:
        statement = str(queries.BACKLOG.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        (plan,) = session.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")).scalar_one()
    scans = [node for node in nodes(plan["Plan"]) if "Scan" in node["Node Type"] and "Relation Name" in node]
    assert {node["Index Name"] for node in scans} == {"ix_jobs_due", "ix_jobs_dead"}, json.dumps(plan)
    for node in scans:
        assert node["Actual Rows"] + node.get("Rows Removed by Filter", 0) <= COUNTED_TO
    sql.execute("DELETE FROM jobs")
