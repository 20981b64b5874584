"""CPU that processes took: what a request costs on a machine where other work makes the clock unreliable."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from devstack.processes import children

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """CPU that one request takes of the web processes and of PostgreSQL, in milliseconds."""

    web_ms: float
    database_ms: float


class Meter:
    """What both have taken since it was made."""

    def __init__(self, web_pid: int, database_pid: int) -> None:
        """Begin now."""
        self._pids = web_pid, database_pid
        self._begun = [seconds(pid) for pid in self._pids]

    def per_request(self, requests: float) -> Cost:
        """The share of one of so many requests."""
        taken = [seconds(pid) - begun for pid, begun in zip(self._pids, self._begun, strict=True)]
        return Cost(*(round(each * 1000 / max(requests, 1), 3) for each in taken))


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each part over several runs."""
    return Cost(median(cost.web_ms for cost in costs), median(cost.database_ms for cost in costs))


def seconds(pid: int) -> float:
    """CPU of a process and of everything below it, also of children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(map(seconds, children(pid)))
