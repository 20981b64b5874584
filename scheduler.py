"""The scheduler process: rings the jobs that have an interval."""

from app.factory import create_app
from app.jobs.scheduler import run

if __name__ == "__main__":
    run(create_app(for_jobs=True))
