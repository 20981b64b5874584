"""Whether the server that sells is the primary and waits for nobody, and whether the replica of the reports is near."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import lasting
from app.core.replica import replica
from app.operations import queries
from app.operations.checks.check import BAD, OK, WARNING, Check, Parts

FAR_BEHIND = 16 * 1024 * 1024  # bytes of the log


def _primary() -> Iterator[Check]:
    found = queries.role()
    if found.is_standby:
        advice = "Name all servers in DATABASE_URL with target_session_attrs=read-write, and see which is primary."
        yield Check("Primary", BAD, "It is a standby, and takes no writes.", advice)
    elif found.waiting:
        fact = f"{found.waiting} wait for a synchronous standby, one of them for {lasting(found.longest_seconds)}."
        advice = "Nothing is acknowledged meanwhile, and nothing is lost. Runbook: The standby is away."
        yield Check("Primary", BAD, fact, advice)
    else:
        yield Check("Primary", OK, "It takes writes.")


def near_enough() -> Iterator[Check]:
    """Where reports are read from, if that is not the primary."""
    one = replica()
    if one is None:
        return
    try:
        behind = one.behind()
    except SQLAlchemyError:
        yield Check("Replica", WARNING, "Does not answer.", "Reports are read from the primary. See DATABASE_READ_URL.")
        return
    if behind is None:
        advice = "Reports are read from the primary. Point DATABASE_READ_URL at a server that follows it."
        yield Check("Replica", BAD, "It is no replica: it takes writes.", advice)
    elif behind > FAR_BEHIND:
        advice = "Look at its load and at long reports that keep it from replaying."
        yield Check("Replica", WARNING, f"It is {behind // 1024**2:,} MB behind.", advice)
    else:
        yield Check("Replica", OK, f"It is {behind // 1024:,} kB behind.")


PARTS: Parts = {"Primary": _primary}
