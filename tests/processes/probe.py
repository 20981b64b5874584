"""`python -m tests.processes.probe worker [QUEUE]` or `… scheduler`: the program, which here knows the probe jobs."""

import sys

from app.factory import create_app
from app.jobs import scheduler, worker
from tests.processes import probe_jobs as probe_jobs  # noqa: PLC0414 - enters its jobs

if __name__ == "__main__":
    app = create_app(for_jobs=True)
    if sys.argv[1] == "worker":
        worker.run(app, *sys.argv[2:])
    else:
        scheduler.run(app)
