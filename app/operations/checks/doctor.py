"""Every check of a deployment: what the health page looks at, and what an operator has to set up once.

A part that cannot be asked because what it stands on is away is told so, and never counted as well.
"""

from collections.abc import Iterator
from dataclasses import replace

from flask import current_app

from app.core import db
from app.core.sqlstate import words
from app.core.web import settings_of
from app.jobs import workers
from app.operations import service
from app.operations.checks import database, doubts, host, memory, people, sentinels, servers, standby, work
from app.operations.checks.check import BAD, OK, WARNING, Check, asked, unknown
from app.operations.checks.servers import Probes

IN_THE_DATABASE = database.PARTS | standby.PARTS | work.PARTS | people.PARTS
DEEP = "Invariants"


def examine(*, deep: bool) -> Iterator[Check]:
    """One after the other, so that who waits sees them come."""
    probes: Probes = current_app.extensions["holdfast.probes"]
    yield doubts.settings()
    yield from _database(probes, deep=deep)
    yield _caused(servers.redis(probes), probes["redis"].fault())
    yield from sentinels.watch()
    yield from memory.keeps()
    yield from work.staff()
    yield _scheduler()
    yield host.mail()
    yield host.figures()


def _database(probes: Probes, *, deep: bool) -> Iterator[Check]:
    parts = [*IN_THE_DATABASE, *([DEEP] if deep else [])]
    if not settings_of(current_app).database_url:
        yield Check("PostgreSQL", BAD, "DATABASE_URL is not set.", "Set it, or start `make run` in another terminal.")
        yield from unknown(["Schema", *parts], "without a database")
        return
    there = servers.postgres(probes)
    yield _caused(there, probes["postgresql"].fault())
    if there.level != OK:
        yield from unknown(["Schema", *parts], "while PostgreSQL does not answer")
        return
    yield from _tables(parts)


def _tables(parts: list[str]) -> Iterator[Check]:
    with db.statement():
        [schema] = asked({"Schema": lambda: [database.schema()]})
        yield schema
        if schema.level == BAD:
            yield from asked(database.PARTS)
            yield from unknown([part for part in parts if part not in database.PARTS], "before the schema is right")
            return
        yield from asked(IN_THE_DATABASE)
        yield from standby.near_enough()
        if DEEP in parts:
            yield from asked({DEEP: _invariants})


def _invariants() -> Iterator[Check]:
    found = service.check_invariants()
    broken = [finding for finding in found if finding.rows]
    for finding in broken:
        advice = "Pause what it names, keep this output, and run: flask invariants"
        yield Check(DEEP, BAD, f"{finding.invariant.name} is broken: {finding.invariant.rule}.", advice)
    if not broken:
        yield Check(DEEP, OK, f"All {len(found)} hold.")


def _scheduler() -> Check:
    there = workers.schedulers()
    if there is None:
        return Check("Scheduler", WARNING, "Not known while Redis does not answer.")
    if there:
        return Check("Scheduler", OK, f"{there} {'is' if there == 1 else 'are'} there.")
    return Check("Scheduler", BAD, "None is there.", "Nothing is handed out or rung. Start one: python scheduler.py")


def _caused(check: Check, fault: BaseException | None) -> Check:
    """With what the other side, or the network, said."""
    said = words(fault)
    return check if check.level == OK or not said else replace(check, fact=f"{check.fact} It said: {said}")
