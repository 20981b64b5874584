"""Jobs that do nothing, and the programs that do them: `python -m bench.job_probe worker|heavy|scheduler|plain`."""

import sys
from typing import Any

import rq

from app.core.queues import queue
from app.core.redis import connect
from app.core.settings import load
from app.factory import create_app
from app.jobs import scheduler, worker
from app.jobs.registry import QUICK, job

PLAIN_QUEUE = "plain"


@job("bench.nothing", batch=100)
def nothing(many: list[dict[str, Any]]) -> None:
    """A hundred at a time."""


@job("bench.single")
def single(number: int) -> None:
    """One transaction each."""


def plain() -> None:
    """What RQ alone calls."""


def main(part: str) -> None:
    """Run one program."""
    if part == "plain":
        client = connect(load())
        rq.SimpleWorker([queue(PLAIN_QUEUE, client)], connection=client).work(logging_level="WARNING")
        return
    app = create_app(for_jobs=True)
    scheduler.run(app) if part == "scheduler" else worker.run(app, {"worker": QUICK}.get(part, part))


if __name__ == "__main__":
    main(sys.argv[1])
