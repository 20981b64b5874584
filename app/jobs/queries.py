"""Reading jobs and schedules."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, counted, page_of, paged
from app.jobs.errors import JobNotFound
from app.jobs.models import Job, Schedule
from app.jobs.registry import JOBS

J, SCHEDULES = Job.__table__.c, Schedule.__table__.c
_NEWEST = Ordering("jobs:newest", (J.id,), ("id",), descending=True)
_SECONDS = func.extract("epoch", J.finished_at - J.started_at).label("seconds")
_LATER = and_(J.state == "queued", J.ready_at > func.clock_timestamp()).label("later")
_ROWS = select(*J, _SECONDS, _LATER)
OPEN: ColumnElement[bool] = J.state.in_(("queued", "running"))


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are meant."""

    state: str = ""
    name: str = ""


def job(job_id: int) -> Any:
    """One job as a row."""
    row = session().execute(_ROWS.where(J.id == job_id)).first()
    if row is None:
        raise JobNotFound(job_id=job_id)
    return row


def page(which: JobFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of jobs, newest first."""
    statement = paged(_filtered(_ROWS, which), _NEWEST, limit=limit, cursor=cursor)
    return page_of(session().execute(statement).all(), _NEWEST, limit)


def count(which: JobFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(_filtered(select(J.id), which))) or 0


def _filtered(statement: Select[Any], which: JobFilter) -> Select[Any]:
    if which.state:
        statement = statement.where(J.state == which.state)
    return statement.where(J.name == which.name) if which.name else statement


def asked_for(name: str, field: str, values: Collection[str]) -> set[str]:
    """For which of these a job of this kind waits or is being done; `field` names the argument that says for which."""
    if not values:
        return set()
    told = J.args[field].astext
    return set(session().scalars(select(told).where(J.name == name, OPEN, told.in_(values))))


def dead_by_error(name: str = "", limit: int = 50) -> Any:
    """Dead letters (of one kind) grouped by kind and error, the largest group first."""
    grouped = select(
        J.name,
        J.error,
        func.count().label("jobs"),
        func.max(J.finished_at).label("last_at"),
        func.max(J.id).label("last_id"),
    )
    dead = _filtered(grouped, JobFilter(state="dead", name=name)).group_by(J.name, J.error)
    return session().execute(dead.order_by(func.count().desc(), J.name, J.error).limit(limit)).all()


def died_lately(hours: int) -> Any:
    """Kinds and errors of the jobs that became dead letters within these hours."""
    since = func.clock_timestamp() - timedelta(hours=hours)
    grouped = select(J.name, J.error, func.count().label("jobs")).where(J.state == "dead", J.finished_at > since)
    return session().execute(grouped.group_by(J.name, J.error).order_by(func.count().desc()).limit(20)).all()


def lag() -> float:
    """For how many seconds the job that is most overdue has waited to be handed out."""
    overdue = func.extract("epoch", func.clock_timestamp() - func.min(J.due_at))
    return max(float(session().scalar(select(overdue).where(OPEN)) or 0), 0.0)


def silence() -> float | None:
    """Since how many seconds no schedule was rung; None when none ever was."""
    last = func.greatest(func.max(SCHEDULES.last_slot), func.max(SCHEDULES.last_run_at))
    seconds = session().scalar(select(func.extract("epoch", func.clock_timestamp() - last)))
    return None if seconds is None else max(float(seconds), 0.0)


def backlog() -> Any:
    """How many jobs wait for a worker, wait for later, run, are dead; and for how many seconds the oldest waits.

    Each is counted to 10,000 or a little more: those that are due and those that are due next are looked at, no others.
    """
    return session().execute(BACKLOG).one()


def _nearest(*which: ColumnElement[bool]) -> Any:
    return select(J.state, J.ready_at).where(OPEN, *which).order_by(J.due_at).limit(COUNTED_TO).subquery()


def _backlog() -> Select[Any]:
    now = func.statement_timestamp()
    near = union_all(select(_nearest(J.due_at <= now)), select(_nearest(J.due_at > now))).subquery().c
    waiting, later = (
        and_(near.state == "queued", near.ready_at <= now),
        and_(near.state == "queued", near.ready_at > now),
    )
    oldest = func.extract("epoch", now - func.min(near.ready_at).filter(waiting))
    return select(
        func.count().filter(waiting).label("waiting"),
        func.count().filter(later).label("later"),
        func.count().filter(near.state == "running").label("running"),
        func.coalesce(oldest, 0).label("oldest_seconds"),
        counted(select(J.id).where(J.state == "dead")).scalar_subquery().label("dead"),
    )


BACKLOG = _backlog()


def latest_of(names: Iterable[str]) -> dict[str, Any]:
    """The latest job of each kind, by kind."""
    latest = select(J.id, J.name, J.state, J.error, J.created_at, J.finished_at).ext(distinct_on(J.name))
    rows = session().execute(latest.where(J.name.in_(list(names))).order_by(J.name, J.id.desc()))
    return {row.name: row for row in rows}


def schedules() -> list[dict[str, Any]]:
    """Every job that the clock asks for, and what is known of it."""
    known = {row.name: row._asdict() for row in session().execute(select(*SCHEDULES))}
    nothing = dict.fromkeys(SCHEDULES.keys())
    return [
        {
            **known.get(kind.name, nothing),
            "name": kind.name,
            "every_seconds": kind.every,
            "cron": kind.cron,
            "queue": kind.queue,
        }
        for kind in sorted(JOBS.values(), key=lambda kind: kind.name)
        if kind.scheduled
    ]
