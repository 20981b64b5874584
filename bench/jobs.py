"""`python -m bench.jobs`: jobs per second from commit to done, and how long one waits when nothing else is to do.

The asker commits a thousand at a time; the clock stops when the last one is done. Beside it, RQ alone with functions
that do nothing, enqueued by its own `enqueue_many`. Medians of three rounds.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

from flask_migrate import upgrade
from rq import Queue
from sqlalchemy import text

from app.core import context, db
from app.core.queues import queue
from app.core.redis import connect
from app.core.web import HoldfastApp, settings_of
from app.factory import create_app
from app.jobs import service
from bench.job_probe import PLAIN_QUEUE, plain
from bench.stack import ROOT
from devstack.postgres import Postgres
from devstack.processes import end, spawn
from devstack.valkey import Valkey

ROUNDS = 3
BATCHED, SINGLE, PLAIN = 20_000, 2_000, 1_000
LATENCY_SAMPLES = 100
PATIENCE = 120.0
LEFT = text("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND name LIKE 'bench.%'")
WAITED = text(
    "SELECT extract(epoch FROM started_at - created_at) * 1000 FROM jobs WHERE name = 'bench.single'"
    " ORDER BY id DESC LIMIT :samples"
)


def main() -> int:
    """Measure with one worker and with two, and print a table."""
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as home, ExitStack() as stack:
        postgres, valkey = Postgres(Path(home)), Valkey(Path(home))
        stack.enter_context(postgres)
        stack.enter_context(valkey)
        postgres.create_database("holdfast_bench")
        os.environ |= {
            "DATABASE_URL": postgres.url("holdfast_bench"),
            "REDIS_URL": valkey.url(0),
            "SECRET_KEY": secrets.token_hex(),
            "LOG_LEVEL": "warning",
        }
        app = create_app(for_jobs=True)
        with app.app_context():
            upgrade()
            stack.enter_context(program("scheduler"))
            print("| workers | batched jobs/s | single jobs/s | RQ alone/s | commit → start p50 ms | p99 ms |")
            print("|---:|---:|---:|---:|---:|---:|")
            for workers in (1, 2):
                print(row(app, workers), flush=True)
    return 0


def row(app: HoldfastApp, workers: int) -> str:
    """One line of the table."""
    with ExitStack() as running:
        for _ in range(workers):
            running.enter_context(program("worker"))
        done_after(lambda: ask("bench.nothing", 1))
        batched = median(BATCHED / done_after(lambda: ask("bench.nothing", BATCHED)) for _ in range(ROUNDS))
        single = median(SINGLE / done_after(lambda: ask("bench.single", SINGLE)) for _ in range(ROUNDS))
        p50, p99 = waits()
    alone = median(PLAIN / alone_after(app, workers) for _ in range(ROUNDS))
    return f"| {workers} | {batched:,.0f} | {single:,.0f} | {alone:,.0f} | {p50:.0f} | {p99:.0f} |"


def ask(name: str, count: int) -> None:
    """Ask for jobs as a service does, a thousand in each commit."""
    for start in range(0, count, 1000):
        many = [{"number": number} for number in range(start, min(start + 1000, count))]
        with context.surroundings(source="cli"), db.transaction():
            service.enqueue_many(name, many)


def done_after(asked: Callable[[], None]) -> float:
    """Seconds from the first commit until nothing is left."""
    began = time.monotonic()
    asked()
    wait_until(lambda: not _left())
    return time.monotonic() - began


def _left() -> int:
    with db.statement() as session:
        return session.scalar(LEFT) or 0


def waits() -> tuple[float, float]:
    """Half and 99 of 100 jobs that come alone begin within these milliseconds."""
    for _ in range(LATENCY_SAMPLES):
        done_after(lambda: ask("bench.single", 1))
    with db.statement() as session:
        waited = [float(value) for value in session.scalars(WAITED, {"samples": LATENCY_SAMPLES})]
    return median(waited), quantiles(waited, n=100)[98]


def alone_after(app: HoldfastApp, workers: int) -> float:
    """Seconds that RQ alone needs for its messages."""
    line = queue(PLAIN_QUEUE, connect(settings_of(app)))
    line.enqueue_many([Queue.prepare_data(plain, result_ttl=0) for _ in range(PLAIN)])
    with ExitStack() as running:
        for _ in range(workers):
            running.enter_context(program("plain"))
        wait_until(lambda: line.count < PLAIN)
        began = time.monotonic()
        wait_until(lambda: not line.count)
        return time.monotonic() - began


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("bench: the jobs were not done in time")
        time.sleep(0.01)


@contextmanager
def program(part: str) -> Iterator[None]:
    """One of the probe's programs until the block ends."""
    command = [sys.executable, "-m", "bench.job_probe", part]
    made = spawn(command, env=dict(os.environ), cwd=ROOT, output=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(made, (signal.SIGTERM, 15.0))


if __name__ == "__main__":
    sys.exit(main())
