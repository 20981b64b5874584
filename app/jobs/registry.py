"""Every background function under its name, with how often it is rung."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

JOBS: dict[str, "Job"] = {}


@dataclass(frozen=True)
class Job:
    """A background function; `every` is in seconds, None means that it only runs when asked."""

    name: str
    call: Callable[..., Any]
    every: int | None


def job(name: str, *, every: int | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the function under `<domain>.<verb>`; running it twice must change nothing more than running it once."""

    def enter(call: Callable[..., Any]) -> Callable[..., Any]:
        if name in JOBS and JOBS[name].call is not call:
            raise TypeError(f"two jobs are called {name}")
        JOBS[name] = Job(name, call, every)
        return call

    return enter
