"""Jobs are asked for, cancelled, retried and discarded; schedules are paused, resumed and run by hand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, any_, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.core import context, db
from app.jobs.errors import JobNotDead, JobNotFound, JobNotQueued, ScheduleNotFound
from app.jobs.models import Job, Schedule
from app.jobs.registry import JOBS, JobKind

AT_ONCE = 1000


def enqueue(name: str, *, delay: timedelta | None = None, **args: Any) -> None:
    """Ask for a job in the caller's transaction: it will be done after the commit, and only then."""
    row = _row(JOBS[name], args)
    if delay is not None:
        row["due_at"] = row["ready_at"] = func.clock_timestamp() + delay
    db.session().execute(insert(Job).values(row))


def enqueue_many(name: str, many: Sequence[dict[str, Any]]) -> None:
    """Ask for many jobs of one kind."""
    if many:
        db.session().execute(insert(Job), [_row(JOBS[name], args) for args in many])


def go_on(name: str, done: int, *, full: int) -> int:
    """What a job did; when that was a full batch, the job is asked for again."""
    if done >= full:
        enqueue(name)
    return done


def cancel(*, job_id: int) -> None:
    """Take back a job that no worker has begun."""
    _move(job_id, "queued", "cancelled", JobNotQueued)


def discard(*, job_id: int) -> None:
    """Give up a dead letter for good."""
    _move(job_id, "dead", "discarded", JobNotDead)


def retry(*, job_id: int) -> None:
    """Give a dead letter all its tries again."""
    if not _revive(Job.id == job_id, limit=1):
        raise JobNotDead(state=_state(job_id))
    audit.record("job.retried", object_type="job", object_id=job_id)


def retry_all(*, name: str | None = None, error: str | None = None) -> int:
    """Retry every dead letter, or those of one kind or fault; asked ten times at once, each is retried once."""
    which = and_(true(), *([Job.name == name] if name else []), *([Job.error == error] if error else []))
    revived = 0
    while batch := _revive(which, limit=AT_ONCE):
        revived += batch
    if revived:
        audit.record("jobs.retried", object_type="job", object_id=name or "all", new={"jobs": revived})
    return revived


def pause(*, name: str) -> None:
    """Let the clock ask no more until it is resumed."""
    _set_paused(name, func.clock_timestamp(), "schedule.paused")


def resume(*, name: str) -> None:
    """Let the clock ask again; what was missed meanwhile is one slot at most."""
    _set_paused(name, None, "schedule.resumed")


def run_now(*, name: str) -> None:
    """Ask for a scheduled job at once, whatever the clock says."""
    if name not in JOBS or not JOBS[name].scheduled:
        raise ScheduleNotFound(name=name)
    enqueue(name)
    audit.record("schedule.run", object_type="schedule", object_id=name)


def purge(*, hours: int) -> int:
    """Forget finished jobs; dead letters stay until somebody decides."""
    old = select(Job.id).where(Job.finished_at < func.clock_timestamp() - timedelta(hours=hours), Job.state != "dead")
    some = func.array(old.limit(AT_ONCE * 10).scalar_subquery(), type_=ARRAY(BigInteger))
    return db.rows_of(db.session().execute(delete(Job).where(Job.id == any_(some))))


def _row(kind: JobKind, args: dict[str, Any]) -> dict[str, Any]:
    return {"name": kind.name, "args": args, "request_id": context.request_id()}


def _move(job_id: int, before: str, after: str, refusal: type[JobNotQueued | JobNotDead]) -> None:
    change = update(Job).where(Job.id == job_id, Job.state == before)
    if not db.rows_of(db.session().execute(change.values(state=after, finished_at=func.clock_timestamp()))):
        raise refusal(state=_state(job_id))
    audit.record(f"job.{after}", object_type="job", object_id=job_id)


def _state(job_id: int) -> str:
    state = db.session().scalar(select(Job.state).where(Job.id == job_id))
    if state is None:
        raise JobNotFound(job_id=job_id)
    return state


def _revive(which: Any, *, limit: int) -> int:
    dead = (
        select(Job.id).where(Job.state == "dead", which).order_by(Job.id).limit(limit).with_for_update(skip_locked=True)
    )
    now = func.clock_timestamp()
    fresh = {"state": "queued", "attempts": 0, "due_at": now, "ready_at": now, "finished_at": None}
    return db.rows_of(db.session().execute(update(Job).where(Job.id.in_(dead.scalar_subquery())).values(fresh)))


def _set_paused(name: str, at: Any, action: str) -> None:
    if name not in JOBS or not JOBS[name].scheduled:
        raise ScheduleNotFound(name=name)
    row = insert(Schedule).values(name=name, paused_at=at)
    db.session().execute(row.on_conflict_do_update(index_elements=["name"], set_={"paused_at": at}))
    audit.record(action, object_type="schedule", object_id=name)
