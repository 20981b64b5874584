"""The clock: slots in PostgreSQL, so that a ring that is lost, late or doubled changes nothing."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import context, db
from app.core.clock import monotonic
from app.core.crashpoints import crash_here
from app.core.settings import Settings
from app.jobs import rules, service
from app.jobs.models import Schedule
from app.jobs.registry import JOBS, JobKind

log = structlog.get_logger("holdfast.schedules")
# How often rq-scheduler rings: once for ticks, once for all that asks for a job.
RINGS = (1, 60)
SCHEDULES = Schedule.__table__.c


def due(settings: Settings, *, seconds: int) -> list[str]:
    """Claim the present slot of every schedule of this ring; those with jobs are asked for, the ticks are returned."""
    kinds = [kind for kind in JOBS.values() if kind.scheduled and ring_of(kind) == seconds]
    with context.surroundings(source="job"), db.transaction() as session:
        now = session.scalar(select(func.clock_timestamp()))
        claimed = [kind for kind in kinds if now and _claim(kind, _slot(kind, now, settings))]
        for kind in claimed:
            if not kind.tick:
                service.enqueue(kind.name)
    return [kind.name for kind in claimed if kind.tick]


def ring_of(kind: JobKind) -> int:
    """Which ring looks at this schedule."""
    return RINGS[0] if kind.tick else RINGS[1]


def run_tick(kind: JobKind) -> None:
    """Run a tick in a transaction of its own; the next one comes soon, so a failed one is only written down."""
    started, error = monotonic(), None
    with context.surroundings(source="job"):
        try:
            with db.transaction():
                kind.call()
                crash_here(f"{kind.name}.before_commit")
            crash_here(f"{kind.name}.done")
        except Exception as fault:  # noqa: BLE001 - one tick must not take the others along
            error = f"{type(fault).__name__}: {fault}"
            log.warning("tick failed", action=kind.name, fault=error)
        with db.transaction() as session:
            values = {"last_run_at": func.clock_timestamp(), "last_seconds": monotonic() - started, "last_error": error}
            session.execute(update(Schedule).where(Schedule.name == kind.name).values(values))


def _slot(kind: JobKind, now: datetime, settings: Settings) -> datetime:
    return rules.latest_slot(now, every=kind.every, cron=kind.cron or "", zone=settings.business_zone)


def _claim(kind: JobKind, slot: datetime) -> bool:
    """Whether the slot is ours: it is new and the schedule is not paused."""
    row = insert(Schedule).values(name=kind.name, last_slot=slot)
    newer = row.on_conflict_do_update(
        index_elements=["name"],
        set_={"last_slot": slot},
        where=(SCHEDULES.paused_at.is_(None)) & or_(SCHEDULES.last_slot.is_(None), SCHEDULES.last_slot < slot),
    )
    claimed: Any = db.session().execute(newer.returning(literal_column("xmax = 0").label("first"))).first()
    # A clock time that nobody waited for yet begins with its next slot; an interval begins at once.
    return claimed is not None and not (claimed.first and kind.cron is not None)
