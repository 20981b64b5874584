"""Jobs and schedules as the console shows them."""

from typing import Any

from app.core.clock import lasting
from app.core.jsons import indented
from app.jobs.registry import JOBS
from app.jobs.schemas import STATES

# What each state is called, and how its badge is coloured.
BADGES = {
    "queued": ("Queued", ""),
    "later": ("Later", ""),
    "running": ("Running", "live"),
    "done": ("Done", "ok"),
    "dead": ("Dead", "bad"),
    "cancelled": ("Cancelled", ""),
    "discarded": ("Discarded", ""),
}


def shown(row: Any) -> dict[str, Any]:
    """A row of the list."""
    return {**row._asdict(), "badge": BADGES["later" if row.later else row.state]}


def shown_whole(row: Any) -> dict[str, Any]:
    """A job with its arguments and its result as indented JSON."""
    result = None if row.result is None else indented(row.result)
    return {**shown(row), "args_text": indented(row.args), "result_text": result}


STATE_CHOICES = [("", "All states"), *((state, BADGES[state][0]) for state in STATES)]


def names(chosen: str) -> list[tuple[str, str]]:
    """The kinds that can be filtered by; one that the code no longer knows can still be the chosen one."""
    return [("", "All kinds"), *((name, name) for name in sorted({*JOBS, *filter(None, [chosen])}))]


def scheduled(schedule: dict[str, Any], zone: str, latest: Any) -> dict[str, Any]:
    """A schedule in words, with its last run: a job it asked for, or what its row says of a tick."""
    every = schedule["every_seconds"]
    facts = {
        **schedule,
        "when": f"Every {lasting(every)}" if every else schedule["cron"],
        "zone": "" if every else zone,
    }
    if JOBS[schedule["name"]].tick or latest is None:
        return {**facts, "job": None}
    run = {"last_run_at": latest.finished_at or latest.created_at, "last_error": latest.error}
    return {**facts, **run, "job": latest, "badge": BADGES[latest.state]}
