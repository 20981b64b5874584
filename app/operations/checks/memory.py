"""Whether Redis keeps what it was given: it may refuse writes, and never drop what it holds."""

from collections.abc import Iterator
from typing import Any

from app.core.redis import keeping
from app.operations.checks.check import BAD, OK, WARNING, Check


def keeps() -> list[Check]:
    """What it does when its memory is full, and when it is started again."""
    found = keeping()
    if found is None:
        return [Check(name, WARNING, "Not known while Redis does not answer.") for name in ("Eviction", "Persistence")]
    return list(_told(found))


def _told(found: dict[str, Any]) -> Iterator[Check]:
    policy = found.get("maxmemory_policy", "unknown")
    fact = f"maxmemory-policy is {policy}."
    if policy == "noeviction":
        yield Check("Eviction", OK, fact)
    else:
        yield Check("Eviction", BAD, fact, "When it is full it drops messages. Set maxmemory-policy noeviction.")
    if found.get("aof_enabled"):
        yield Check("Persistence", OK, "It writes down what it takes (appendonly).")
    else:
        advice = "After a restart its queues are empty until the relay fills them again. Set appendonly yes."
        yield Check("Persistence", WARNING, "It writes nothing down (appendonly no).", advice)
