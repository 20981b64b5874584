"""A worker process: runs background jobs from the queues."""

from app.factory import create_app
from app.jobs.worker import run

if __name__ == "__main__":
    run(create_app())
