"""Reading jobs and schedules."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.jobs.errors import JobNotFound
from app.jobs.models import Job, Schedule
from app.jobs.registry import JOBS

J = Job.__table__.c
_NEWEST = Ordering("jobs:newest", (J.id,), ("id",), descending=True)
_SECONDS = func.extract("epoch", J.finished_at - J.started_at).label("seconds")
_ROWS = select(*J, _SECONDS)
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
    statement = _ROWS
    if which.state:
        statement = statement.where(J.state == which.state)
    if which.name:
        statement = statement.where(J.name == which.name)
    return page_of(session().execute(paged(statement, _NEWEST, limit=limit, cursor=cursor)).all(), _NEWEST, limit)


def dead_by_error(limit: int = 50) -> Any:
    """Dead letters grouped by kind and error."""
    grouped = select(
        J.name,
        J.error,
        func.count().label("jobs"),
        func.max(J.finished_at).label("last_at"),
        func.max(J.id).label("last_id"),
    )
    return (
        session()
        .execute(grouped.where(J.state == "dead").group_by(J.name, J.error).order_by(func.count().desc()).limit(limit))
        .all()
    )


def backlog() -> Any:
    """How many jobs are open, how many dead, and how long the oldest due one waits."""
    waiting = func.extract("epoch", func.clock_timestamp() - func.min(J.created_at).filter(OPEN, J.attempts == 0))
    dead = select(func.count()).where(J.state == "dead").scalar_subquery()
    running = func.count().filter(J.state == "running").label("running")
    queued = func.count().filter(J.state == "queued").label("queued")
    return (
        session()
        .execute(
            select(queued, running, func.coalesce(waiting, 0).label("oldest_seconds"), dead.label("dead")).where(OPEN)
        )
        .one()
    )


def schedules() -> list[dict[str, Any]]:
    """Every job that the clock asks for, and what is known of it."""
    known = {row.name: row._asdict() for row in session().execute(select(*Schedule.__table__.c))}
    nothing = dict.fromkeys(Schedule.__table__.c.keys())
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
