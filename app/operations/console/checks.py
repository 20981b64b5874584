"""What the health page looks at: one line for each part, how it is and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.core import db
from app.core.clock import lasting
from app.core.live import here
from app.core.pagination import capped
from app.jobs import queries as jobs
from app.jobs import workers
from app.mail import queries as mail

OK, WARNING, BAD = "ok", "warning", "bad"
LEVELS = (OK, WARNING, BAD)


@dataclass(frozen=True)
class Check:
    """How one part is, and what to do when it is not well."""

    name: str
    level: str
    fact: str
    advice: str = ""
    url: str = ""
    action: str = ""


def all_of(probes: Mapping[str, Any]) -> list[Check]:
    """Every check; a question that the database does not answer in time is a finding like any other."""
    parts: tuple[tuple[str, Callable[[], Iterable[Check]]], ...] = (
        ("Clock", _clock),
        ("Backlog", _backlog),
        ("Hand-out", _lag),
        ("Mails", _mails),
    )
    answered = [check for name, ask in parts for check in _asked(name, ask)]
    return [_postgres(probes), _redis(probes), *_workers(), _live(), *answered]


def worst(checks: Iterable[Check]) -> str:
    """The level of the part that is worst off."""
    return max((check.level for check in checks), key=LEVELS.index)


def _asked(name: str, ask: Callable[[], Iterable[Check]]) -> list[Check]:
    silent = Check(name, BAD, "The database did not say in time.", "Look for long transactions and for its load.")
    return db.answered(lambda: list(ask()), [silent])


def _postgres(probes: Mapping[str, Any]) -> Check:
    if probes["postgresql"].answers():
        return Check("PostgreSQL", OK, "Answers.")
    advice = "Nothing can be sold without it. Look at its process, its disk, and DATABASE_URL."
    return Check("PostgreSQL", BAD, "Does not take new connections, or not in time.", advice)


def _redis(probes: Mapping[str, Any]) -> Check:
    if probes["redis"].answers():
        return Check("Redis", OK, "Answers and takes writes.")
    advice = "Nothing is lost: sales go on, jobs wait in PostgreSQL. Look at its process, its memory, and REDIS_URL."
    return Check("Redis", BAD, "Does not answer, or takes no writes.", advice)


def _workers() -> Iterator[Check]:
    lines = workers.lines()
    if lines is None:
        yield Check("Workers", WARNING, "Not known while Redis does not answer.")
    for line in lines or []:
        name, messages = f"Workers, {line.name}", f"{line.messages:,} {'message' if line.messages == 1 else 'messages'}"
        if line.workers:
            yield Check(name, OK, f"{line.workers} at work, {messages} waiting.")
        else:
            yield Check(name, BAD, f"No worker, {messages} waiting.", f"Start one: python worker.py {line.name}")


def _live() -> Check:
    processes = here.how_many()
    if processes is None:
        return Check("Live", WARNING, "Not known while Redis does not answer.")
    if processes:
        return Check(
            "Live", OK, f"{processes} {'process holds' if processes == 1 else 'processes hold'} event streams."
        )
    advice = "Pages ask every two seconds, customers hear nothing. Start one: gunicorn -c deploy/live.conf.py live:app"
    return Check("Live", WARNING, "No process holds event streams.", advice)


def _clock() -> Iterator[Check]:
    silence = jobs.silence()
    said = "It never rang." if silence is None else f"Last rang {lasting(silence)} ago."
    if silence is not None and silence <= workers.SILENCE_SECONDS:
        yield Check("Clock", OK, said)
    else:
        advice = "Nothing scheduled is done. Start a scheduler (python scheduler.py) and a quick worker."
        yield Check("Clock", BAD, said, advice, url_for("jobs_console.schedules.index"), "Schedules")


def _backlog() -> Iterator[Check]:
    found = jobs.backlog()
    waited, url = float(found.oldest_seconds), url_for("jobs_console.history.index", state="queued")
    fact = f"{capped(found.waiting)} waiting, {capped(found.later)} for later, {capped(found.running)} running."
    if waited > 60:
        fact += f" The oldest has waited for {lasting(waited)}."
    advice = "More is asked for than the workers do: start another, or look at what is slow." if waited > 60 else ""
    yield Check("Backlog", _level(waited, 60, 600), fact, advice, url, "Queued jobs")
    yield _dead_letters(found.dead)


def _dead_letters(dead: int) -> Check:
    url = url_for("jobs_console.dead.index")
    if not dead:
        return Check("Dead letters", OK, "None.")
    fact = "One waits for somebody." if dead == 1 else f"{capped(dead)} wait for somebody."
    return Check("Dead letters", WARNING, fact, "Mend the cause, then retry or discard.", url, "Failed jobs")


def _lag() -> Iterator[Check]:
    lag = jobs.lag()
    level = _level(lag, 5, 60)
    advice = "" if level == OK else "Due jobs are not handed to the workers. Look at the scheduler and at Redis."
    yield Check("Hand-out", level, f"Due jobs are {lasting(lag)} late." if lag else "No due job waits.", advice)


def _mails() -> Iterator[Check]:
    counts = mail.counts()
    fact = f"{capped(counts.queued)} queued, {capped(counts.failed)} failed."
    url = url_for("mail_console.index", state="failed")
    if not counts.failed:
        yield Check("Mails", OK, fact)
    else:
        yield Check("Mails", WARNING, fact, "Look at the error, then retry the delivery.", url, "Failed mails")


def _level(seconds: float, warning: float, bad: float) -> str:
    return BAD if seconds > bad else WARNING if seconds > warning else OK
