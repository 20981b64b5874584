"""Whether what was asked for is done: workers, live, the clock, the backlog, and mails."""

from collections.abc import Iterator

from app.core.clock import lasting
from app.core.live import here
from app.core.pagination import capped
from app.jobs import queries as jobs
from app.jobs import workers
from app.mail import queries as mail
from app.operations.checks.check import BAD, OK, WARNING, Check, Parts, graded


def staff() -> list[Check]:
    """The processes beside the web, as Redis knows them."""
    return [*_workers(), _live()]


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
        yield Check("Clock", BAD, said, advice, "schedules")


def _backlog() -> Iterator[Check]:
    found = jobs.backlog()
    waited = float(found.oldest_seconds)
    fact = f"{capped(found.waiting)} waiting, {capped(found.later)} for later, {capped(found.running)} running."
    if waited > 60:
        fact += f" The oldest has waited for {lasting(waited)}."
    advice = "More is asked for than the workers do: start another, or look at what is slow." if waited > 60 else ""
    yield Check("Backlog", graded(waited, 60, 600), fact, advice, "queued")
    yield _dead_letters(found.dead)


def _dead_letters(dead: int) -> Check:
    if not dead:
        return Check("Dead letters", OK, "None.")
    fact = "One waits for somebody." if dead == 1 else f"{capped(dead)} wait for somebody."
    return Check("Dead letters", WARNING, fact, "Mend the cause, then retry or discard.", "dead")


def _lag() -> Iterator[Check]:
    lag = jobs.lag()
    level = graded(lag, 5, 60)
    advice = "" if level == OK else "Due jobs are not handed to the workers. Look at the scheduler and at Redis."
    yield Check("Hand-out", level, f"Due jobs are {lasting(lag)} late." if lag else "No due job waits.", advice)


def _mails() -> Iterator[Check]:
    counts = mail.counts()
    fact = f"{capped(counts.queued)} queued, {capped(counts.failed)} failed."
    if not counts.failed:
        yield Check("Mails", OK, fact)
    else:
        yield Check("Mails", WARNING, fact, "Look at the error, then retry the delivery.", "failed_mails")


PARTS: Parts = {"Clock": _clock, "Backlog": _backlog, "Hand-out": _lag, "Mails": _mails}
