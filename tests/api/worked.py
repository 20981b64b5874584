"""Jobs are done as a worker does them, in this process."""

from typing import Any

from app.core import context, db
from app.core.web import HoldfastApp
from app.jobs import worker
from app.jobs.registry import JOBS
from tests.api.letters import told

QUEUED = """
    SELECT name, array_agg(id ORDER BY id) FROM jobs WHERE state = 'queued' AND attempts = 0 {}
    GROUP BY name ORDER BY min(id)
"""


def work_off(app: HoldfastApp, *names: str) -> list[tuple[str, str, int]]:
    """Do all jobs that wait (those of these names), and those that they ask for; how they ended."""
    only = f"AND name IN ({', '.join(repr(name) for name in names)})" if names else "AND name <> 'mail.deliver'"
    ended = []
    while waiting := told(app, QUEUED.format(only)):
        with app.app_context(), context.surroundings(source="job"):
            for name, ids in waiting:
                ended += [outcome[:3] for outcome in worker.perform(name, ids)]
    return ended


def settle(app: HoldfastApp) -> None:
    """Settle what providers told."""
    work_off(app, "payments.settle", "payments.settle_refund")


def tick(app: HoldfastApp, name: str) -> Any:
    """Do what the clock asks for."""
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        return JOBS[name].call()
