"""The relay: takes due jobs from PostgreSQL and hands them to the workers, one message for many jobs of a kind.

Several may run. When Redis does not answer, the jobs are due again a moment later. When the workers of a queue have
enough in front of them, nothing more is put into it: what waits in PostgreSQL cannot be lost.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import Event

import redis
import structlog
from flask import Flask
from rq import Queue
from rq.queue import EnqueueData
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.crashpoints import crash_here
from app.core.errors import DatabaseUnavailable
from app.core.queues import queue
from app.core.redis import connect
from app.core.web import settings_of
from app.jobs import leasing
from app.jobs.leasing import Offer
from app.jobs.registry import HEAVY, JOBS, QUICK, JobKind
from app.jobs.worker import perform

log = structlog.get_logger("holdfast.relay")

AT_ONCE = 2000
SINGLES = 20
ENOUGH_MESSAGES = 200
REDIS_PATIENCE = 2.0
MESSAGE_TTL = 3600
RESULT_TTL = 60


class Relay:
    """One relay; `stop` is set to end it."""

    def __init__(self, app: Flask, stop: Event) -> None:
        """Connect at the first use."""
        self._app, self._stop = app, stop
        self._settings = settings_of(app)
        self._client = connect(self._settings, patience=REDIS_PATIENCE)
        self._queues = {name: queue(name, self._client) for name in (QUICK, HEAVY)}

    def run(self) -> None:
        """Relay until told to stop; faults of either side are waited out."""
        with self._app.app_context():
            while not self._stop.is_set():
                handed_out = self._turn()
                if handed_out < AT_ONCE:
                    self._stop.wait(self._settings.relay_seconds)

    def _turn(self) -> int:
        try:
            return self.once()
        except Exception as error:  # nobody would start this thread again
            known = isinstance(error, redis.RedisError | SQLAlchemyError | DatabaseUnavailable)
            log.warning("relay waits", fault=type(error).__name__, exc_info=not known)
            self._stop.wait(min(1.0, self._settings.relay_seconds * 20))
            return 0

    def once(self) -> int:
        """Hand out what is due; the answer is how many jobs that were."""
        full = {name for name, line in self._queues.items() if line.count >= ENOUGH_MESSAGES}
        with db.transaction():
            leasing.bury_lost(self._settings)
        with db.transaction():
            waiting = [kind.name for kind in JOBS.values() if kind.queue in full]
            offers = leasing.offer(self._settings, limit=AT_ONCE, without=waiting)
        crash_here("relay.taken")
        if offers:
            self._send(offers)
            crash_here("relay.sent")
        return len(offers)

    def _send(self, offers: Sequence[Offer]) -> None:
        try:
            for name, messages in _messages(offers).items():
                self._queues[name].enqueue_many([self._message(kind, ids) for kind, ids in messages])
        except redis.RedisError:
            with db.transaction():
                leasing.take_back(offers, pause=self._settings.relay_seconds * 10)
            raise

    def _message(self, kind: JobKind, ids: list[int]) -> EnqueueData:
        # The lease, not RQ, decides how long the work may take; RQ only ends a function that hangs.
        seconds = leasing.lease_seconds(kind, self._settings) + 60
        limit = int(seconds if kind.batch else seconds * len(ids))
        return Queue.prepare_data(
            perform,
            args=(kind.name, ids),
            timeout=limit,
            result_ttl=RESULT_TTL if kind.queue == HEAVY else 0,  # a forking worker reads there what ended
            failure_ttl=MESSAGE_TTL,
            description=f"{kind.name}, {len(ids)} jobs",
        )


def _messages(offers: Sequence[Offer]) -> dict[str, list[tuple[JobKind, list[int]]]]:
    """Jobs of one kind together; those that were tried before alone, for one of them may be what kills workers."""
    by_kind: dict[str, list[Offer]] = defaultdict(list)
    for each in offers:
        by_kind[each.name].append(each)
    messages: dict[str, list[tuple[JobKind, list[int]]]] = defaultdict(list)
    for name, jobs in by_kind.items():
        if name in JOBS:
            messages[JOBS[name].queue] += [(JOBS[name], ids) for ids in _grouped(JOBS[name], jobs)]
    return messages


def _grouped(kind: JobKind, jobs: Sequence[Offer]) -> Iterator[list[int]]:
    fresh = [each.id for each in jobs if each.attempts == 0]
    size = kind.batch or SINGLES
    yield from (fresh[start : start + size] for start in range(0, len(fresh), size))
    yield from ([each.id] for each in jobs if each.attempts > 0)
