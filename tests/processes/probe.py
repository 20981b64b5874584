"""`python -m tests.processes.probe worker [QUEUE]` or `… scheduler`: the program, which here knows the probe jobs."""

import os
import sys
import time
from functools import partial
from select import select

from app.factory import create_app
from app.jobs import scheduler, worker
from tests.processes import probe_jobs as probe_jobs  # noqa: PLC0414 - enters its jobs

if "FAKETIME" in os.environ:
    # Python sleeps until a moment of the monotonic clock, and libfaketime takes its offset off that moment too.
    time.sleep = partial(select, [], [], [])  # type: ignore[assignment]  # what it returns is not looked at

if __name__ == "__main__":
    app = create_app(for_jobs=True)
    if sys.argv[1] == "worker":
        worker.run(app, *sys.argv[2:])
    else:
        scheduler.run(app)
