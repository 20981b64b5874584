"""Every background function under its name: how it is called, how often it is tried, when the clock asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

QUICK, HEAVY = "quick", "heavy"
# What the clock asks for more often than this is a tick: it runs at once, leaves no job behind, and is not retried.
TICK_BELOW_SECONDS = 60

JOBS: dict[str, "JobKind"] = {}


@dataclass(frozen=True)
class JobKind:
    """A background function.

    With `batch`, it takes the list of the arguments of several jobs and does them all or none. `every` (seconds) or
    `cron` (in the business zone) make it a schedule.
    """

    name: str
    call: Callable[..., Any]
    queue: str = QUICK
    batch: int = 0
    attempts: int | None = None
    lease_seconds: float | None = None
    every: int | None = None
    cron: str | None = None

    @property
    def scheduled(self) -> bool:
        """Whether the clock asks for it."""
        return self.every is not None or self.cron is not None

    @property
    def tick(self) -> bool:
        """Whether it runs directly at its ring."""
        return self.every is not None and self.every < TICK_BELOW_SECONDS


def job(name: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the function under `<domain>.<verb>`; running it twice must change nothing more than running it once."""

    def enter(call: Callable[..., Any]) -> Callable[..., Any]:
        if name in JOBS and JOBS[name].call is not call:
            raise TypeError(f"two jobs are called {name}")
        JOBS[name] = JobKind(name, call, **options)
        return call

    return enter
