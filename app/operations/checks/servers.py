"""Whether PostgreSQL and Redis are there."""

from collections.abc import Mapping

from app.operations.checks.check import BAD, OK, Check
from app.operations.probes import Probe

Probes = Mapping[str, Probe]


def postgres(probes: Probes) -> Check:
    """Whether it takes a connection of its own."""
    if probes["postgresql"].answers():
        return Check("PostgreSQL", OK, "Answers.")
    advice = "Nothing can be sold without it. Look at its process, its disk, and DATABASE_URL."
    return Check("PostgreSQL", BAD, "Does not take new connections, or not in time.", advice)


def redis(probes: Probes) -> Check:
    """Whether it takes writes."""
    if probes["redis"].answers():
        return Check("Redis", OK, "Answers and takes writes.")
    advice = "Nothing is lost: sales go on, jobs wait in PostgreSQL. Look at its process, its memory, and REDIS_URL."
    return Check("Redis", BAD, "Does not answer, or takes no writes.", advice)
