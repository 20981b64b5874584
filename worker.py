"""A worker process: runs background jobs from one queue, `quick` unless another is named."""

import sys

from app.factory import create_app
from app.jobs.worker import run

if __name__ == "__main__":
    run(create_app(for_jobs=True), *sys.argv[1:2])
