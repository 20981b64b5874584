"""How a job gets to a worker and comes back, whatever dies on the way.

One row is the whole truth of a job; Redis only carries messages that name rows. `epoch` grows with each lease and
fences the worker: what it did and `done` are one commit, which succeeds only while the epoch is still its own. So a job
that was handed out twice, or whose worker slept past its lease, has one effect.

Crash points. After the asker's commit: the row is due and the relay finds it. After the relay took it, before or after
the message reached Redis: it is due again after the offer. After the lease: due again when the lease ran out. After the
effect's commit: done. A job whose workers keep dying is a dead letter after its last try. Lock order: the rows of the
effect first, the job's own row last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import text

from app.core import db, jsons
from app.core.events import publish
from app.core.settings import Settings
from app.jobs import rules
from app.jobs.errors import LeaseLost
from app.jobs.events import JobDied
from app.jobs.registry import JOBS, JobKind

log = structlog.get_logger("holdfast.jobs")

# statement_timestamp() is the same clock, and unlike clock_timestamp() it can be looked up in an index.
_OFFER = text("""
    WITH due AS MATERIALIZED (
        SELECT id FROM jobs
        WHERE state IN ('queued', 'running') AND due_at <= statement_timestamp() AND name <> ALL(:without)
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs SET due_at = clock_timestamp() + make_interval(secs => :offer)
    FROM due WHERE jobs.id = due.id
    RETURNING jobs.id, jobs.name, jobs.attempts
""")
_TAKE_BACK = text("""
    UPDATE jobs SET due_at = clock_timestamp() + make_interval(secs => :pause)
    WHERE id = ANY(:ids) AND state = 'queued'
""")
_LOST = text("""
    SELECT id, name, args FROM jobs
    WHERE state = 'running' AND due_at <= statement_timestamp() AND attempts >= :attempts AND name = ANY(:names)
    ORDER BY due_at LIMIT 1000 FOR UPDATE SKIP LOCKED
""")
_BURY = text("""
    UPDATE jobs SET state = 'dead', finished_at = clock_timestamp(), epoch = epoch + 1,
        error = 'The worker died or lost its lease at each of ' || attempts || ' tries.', traceback = NULL
    WHERE id = :id
""")
_LEASE = text("""
    WITH mine AS MATERIALIZED (
        SELECT id FROM jobs
        WHERE id = ANY(:ids) AND (attempts = 0 OR :alone) AND (
            state = 'queued' OR (state = 'running' AND leased_until <= clock_timestamp() AND attempts < :attempts)
        )
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs SET state = 'running', epoch = epoch + 1, attempts = attempts + 1, worker = :worker,
        started_at = clock_timestamp(), leased_until = clock_timestamp() + make_interval(secs => :lease),
        due_at = clock_timestamp() + make_interval(secs => :lease)
    FROM mine WHERE jobs.id = mine.id
    RETURNING jobs.id, jobs.name, jobs.args, jobs.epoch, jobs.attempts, jobs.request_id
""")
_RENEW = text("""
    UPDATE jobs SET leased_until = clock_timestamp() + make_interval(secs => :lease),
        due_at = clock_timestamp() + make_interval(secs => :lease)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:epochs AS int[])) AS mine (id, epoch)
    WHERE jobs.id = mine.id AND jobs.epoch = mine.epoch AND jobs.state = 'running'
    RETURNING jobs.id
""")
_FINISH = text("""
    UPDATE jobs SET state = 'done', finished_at = clock_timestamp(), result = CAST(:result AS jsonb),
        error = NULL, traceback = NULL
    FROM unnest(CAST(:ids AS bigint[]), CAST(:epochs AS int[])) AS mine (id, epoch)
    WHERE jobs.id = mine.id AND jobs.epoch = mine.epoch AND jobs.state = 'running'
""")
_FAIL = text("""
    UPDATE jobs SET
        state = CASE WHEN attempts >= :attempts THEN 'dead' ELSE 'queued' END,
        finished_at = CASE WHEN attempts >= :attempts THEN clock_timestamp() END,
        due_at = clock_timestamp() + make_interval(secs => :pause),
        ready_at = clock_timestamp() + make_interval(secs => :pause), error = :error, traceback = :traceback
    WHERE id = :id AND epoch = :epoch AND state = 'running'
    RETURNING state
""")


@dataclass(frozen=True)
class Offer:
    """A due job that is to be handed to a worker."""

    id: int
    name: str
    attempts: int


@dataclass(frozen=True)
class Lease:
    """A job that this worker may do now."""

    id: int
    name: str
    args: dict[str, Any]
    epoch: int
    attempts: int
    request_id: str


def offer(settings: Settings, *, limit: int, without: Sequence[str] = ()) -> list[Offer]:
    """Take due jobs, save those of some kinds, to hand them out; who does not arrive is due again after the offer."""
    values = {"limit": limit, "offer": settings.offer_seconds, "without": list(without)}
    rows = db.session().execute(_OFFER, values)
    return [Offer(*row) for row in rows]


def take_back(offers: Sequence[Offer], *, pause: float) -> None:
    """The messages could not be sent: the jobs are due again after the pause."""
    db.session().execute(_TAKE_BACK, {"ids": [each.id for each in offers], "pause": pause})


def bury_lost(settings: Settings) -> int:
    """Jobs whose workers died at every try become dead letters; the answer is how many."""
    by_tries: dict[int, list[str]] = {}
    for kind in JOBS.values():
        by_tries.setdefault(tries(kind, settings), []).append(kind.name)
    statements = ({"attempts": attempts, "names": names} for attempts, names in by_tries.items())
    lost = [row for values in statements for row in db.session().execute(_LOST, values)]
    return sum(_buried(row) for row in lost)


def _buried(lost: Any) -> bool:
    try:
        with db.session().begin_nested():
            db.session().execute(_BURY, {"id": lost.id})
            publish(JobDied(lost.id, lost.name, lost.args))
    except Exception as fault:  # noqa: BLE001 - who cannot hear of one end keeps no other from its own
        log.warning("lost job not buried", action=lost.name, job_id=lost.id, fault=repr(fault))
        return False
    return True


def lease(settings: Settings, kind: JobKind, ids: Sequence[int], *, worker: str) -> list[Lease]:
    """Those of the jobs that nobody else has or has done.

    A message of many may have waited until some of them were tried; one of these may be what kills workers, and it is
    left to a message of its own. One that is lost after its last try is left to its burial.
    """
    values = {"lease": lease_seconds(kind, settings), "attempts": tries(kind, settings), "worker": worker}
    values |= {"ids": list(ids), "alone": len(ids) == 1}
    return [Lease(*row) for row in db.session().execute(_LEASE, values)]


def renew(settings: Settings, kind: JobKind, leases: Sequence[Lease]) -> list[Lease]:
    """Keep jobs for another lease; those that are lost are left out."""
    values = _identity(leases) | {"lease": lease_seconds(kind, settings)}
    kept = {row.id for row in db.session().execute(_RENEW, values)}
    return [each for each in leases if each.id in kept]


def finish(leases: Sequence[Lease], result: Any) -> None:
    """The jobs are done, in the transaction of their effect; with one lease lost, all of it is undone."""
    values = _identity(leases) | {"result": jsons.dump(result).decode()}
    if db.rows_of(db.session().execute(_FINISH, values)) != len(leases):
        raise LeaseLost


def fail(settings: Settings, kind: JobKind, one: Lease, *, error: str, traceback: str) -> str | None:
    """The job failed: it waits for its next try, or is a dead letter; None when it is no longer ours."""
    values = {
        "id": one.id,
        "epoch": one.epoch,
        "attempts": tries(kind, settings),
        "pause": rules.pause_after(one.attempts, settings.backoff_seconds).total_seconds(),
        "error": error.replace("\0", "")[:2000],
        "traceback": traceback.replace("\0", "")[-20_000:],
    }
    state: str | None = db.session().scalar(_FAIL, values)
    if state == "dead":
        publish(JobDied(one.id, one.name, one.args))
    return state


def tries(kind: JobKind, settings: Settings) -> int:
    """How often a kind of job is tried."""
    return kind.attempts or settings.job_attempts


def lease_seconds(kind: JobKind, settings: Settings) -> float:
    """How long a worker may keep a kind of job."""
    return kind.lease_seconds or settings.lease_seconds


def _identity(leases: Sequence[Lease]) -> dict[str, list[int]]:
    return {"ids": [each.id for each in leases], "epochs": [each.epoch for each in leases]}
