"""Whether PostgreSQL is the one that this deployment needs: its version, its schema, its connections, its clock."""

from collections.abc import Iterator

from flask import current_app

from app.core import clock
from app.core.clock import lasting
from app.core.web import settings_of
from app.jobs import workers
from app.operations import queries
from app.operations.checks.check import BAD, OK, WARNING, Check, Parts, graded
from app.operations.schema import Schema, schema_here

OLDEST = 15
# A web process opens one more to see whether the database is there.
BEYOND_THREADS, EACH_OTHER_PROCESS = 3, 3
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
    found, needed = queries.server(), _needed()
    fact = f"Up to {needed} are needed, {found.allowed} may be open, {found.open} are."
    level = graded(needed / found.allowed, 0.8, 1.0)
    advice = "Raise max_connections, lower WORKERS or WEB_THREADS, or put PgBouncer in front."
    yield Check("Connections", level, fact, "" if level == OK else advice)


def _needed() -> int:
    """By the settings of this host, and by what Redis says of workers."""
    settings = settings_of(current_app)
    beside = sum(line.workers for line in workers.lines() or []) + len(("scheduler", "live"))
    return settings.workers * (settings.web_threads + BEYOND_THREADS) + beside * EACH_OTHER_PROCESS


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


PARTS: Parts = {"Version": _version, "Connections": _connections, "Time": _time}
