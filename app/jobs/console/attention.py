"""What the home page says of jobs when something is wrong with them."""

from collections.abc import Iterator

from flask import url_for

from app.core.clock import lasting
from app.core.pagination import capped
from app.core.panels import PANELS, Attention
from app.jobs import queries, workers
from app.jobs.queries import JobFilter


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["jobs"] = lambda: [*_dead_letters(), *_queues_without_worker(), *_silent_clock()]


def _dead_letters() -> Iterator[Attention]:
    if dead := queries.count(JobFilter(state="dead")):
        title = "1 dead letter" if dead == 1 else f"{capped(dead)} dead letters"
        detail = "Work that was given up after its last try. Mend the cause, then retry."
        yield Attention(title, detail, url_for("jobs_console.dead.index"), "Look into it", "error")


def _queues_without_worker() -> Iterator[Attention]:
    for line in workers.lines() or []:
        if not line.workers:
            detail = "Its jobs wait in PostgreSQL until a worker is started."
            url = url_for("operations_console.health")
            yield Attention(f"No worker on the {line.name} queue", detail, url, "See health", "critical")


def _silent_clock() -> Iterator[Attention]:
    silence = queries.silence()
    if silence is None or silence > workers.SILENCE_SECONDS:
        title = "The clock never rang" if silence is None else f"The clock has been silent for {lasting(silence)}"
        detail = "Nothing that is scheduled is done until a scheduler and a quick worker run."
        yield Attention(title, detail, url_for("operations_console.health"), "See health", "critical")
