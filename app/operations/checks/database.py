"""Whether PostgreSQL is the one that this deployment needs: its version, its schema, its connections, its clock."""

from collections.abc import Iterator

from flask import current_app

from app.core import clock
from app.core.clock import lasting
from app.core.db import OVERFLOW
from app.core.live import here
from app.core.web import settings_of
from app.jobs import workers
from app.operations import queries
from app.operations.checks.check import BAD, OK, WARNING, Check, Parts, graded
from app.operations.schema import Schema, schema_here

OLDEST = 15
# Of web and live: what the pool may add, one that looks for the database, one while commits wait for a standby.
BEYOND_THREADS, EACH_OTHER_PROCESS = OVERFLOW + 2, 3
APART_SECONDS, FAR_APART_SECONDS = 1.0, 30.0


def schema() -> Check:
    """Whether the schema is the one that this code was written for."""
    there = schema_here()
    told = _SCHEMAS[there.state]
    return Check("Schema", told[0], told[1].format(there=there), told[2])


_SCHEMAS = {
    Schema.EMPTY: (BAD, "There is none.", "Run: flask prepare"),
    Schema.BEHIND: (BAD, "At {there.revision}, this code needs {there.head}.", "Back up, then run: flask db upgrade"),
    Schema.UNKNOWN: (
        WARNING,
        "At {there.revision}, which this code does not know; its own is {there.head}.",
        "Right only while you go back a version; else put the newer code here.",
    ),
    Schema.HEAD: (OK, "At {there.revision}, as this code needs it.", ""),
}


def _version() -> Iterator[Check]:
    number = queries.server().version
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number // 10_000 >= OLDEST:
        yield Check("Version", OK, f"{version}.")
    else:
        yield Check("Version", BAD, f"{version} is too old.", f"Move to PostgreSQL {OLDEST} or newer.")


def _connections() -> Iterator[Check]:
    found, settings = queries.server(), settings_of(current_app)
    each, web, others = settings.web_threads + BEYOND_THREADS, max(found.web, settings.workers), _others()
    needed = web * each + others
    fact = (
        f"{found.open} of {found.allowed} are open; up to {needed} are needed, {each} by each of {web} web processes."
    )
    level = graded(max(found.open, needed) / found.allowed, 0.8, 1.0)
    advice = "Raise max_connections, or lower WORKERS or WEB_THREADS. Each further web process needs as many again."
    yield Check("Connections", level, fact, "" if level == OK else advice)


def _others() -> int:
    """By what Redis says of them; one of each is meant to be there."""
    beside = sum(line.workers for line in workers.lines() or []) + max(workers.schedulers() or 0, 1)
    live = max(here.how_many() or 0, 1)
    return live * (settings_of(current_app).web_threads + BEYOND_THREADS) + beside * EACH_OTHER_PROCESS


def _time() -> Iterator[Check]:
    before = clock.utcnow()
    theirs = queries.now()
    after = clock.utcnow()
    # Whatever the way took is no difference: theirs lay between the two.
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    level = graded(apart, APART_SECONDS, FAR_APART_SECONDS)
    fact = f"This host's clock and the database's are {lasting(apart)} apart." if apart else "Both hosts agree."
    advice = "Tokens end early or late, and the scheduler rings so. Let NTP (chrony) set the clocks of both hosts."
    yield Check("Time", level, fact, "" if level == OK else advice)


def _durability() -> Iterator[Check]:
    unsafe = " and ".join(f"{name} is off" for name in queries.set_to("off", "fsync", "synchronous_commit"))
    if not unsafe:
        yield Check("Durability", OK, "What it acknowledges is on its disk.")
    elif not settings_of(current_app).production:
        yield Check("Durability", OK, f"{unsafe}: only where nothing is sold.")
    else:
        advice = (
            "Switch it on: orders and payments that were acknowledged are lost when the server or its machine fails."
        )
        yield Check("Durability", BAD, f"{unsafe}.", advice)


def _limits() -> Iterator[Check]:
    """What each connection carries in `options`, which a pooler may drop without a word."""
    dropped = queries.set_to("0", "idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")
    if not dropped:
        yield Check("Limits", OK, "Statements and waits for locks have an end.")
    else:
        advice = "Something between us and PostgreSQL drops `options`. docs/deployment.md says it of PgBouncer."
        yield Check("Limits", BAD, f"Without end: {', '.join(dropped)}.", advice)


PARTS: Parts = {
    "Version": _version,
    "Connections": _connections,
    "Time": _time,
    "Durability": _durability,
    "Limits": _limits,
}
