"""Jobs that only tests ask for; each writes down what it did, in a table where a second time would be seen."""

import os
import signal
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core import db
from app.core.events import subscribe
from app.jobs.events import JobDied
from app.jobs.registry import HEAVY, job

_INSERT = text("INSERT INTO probe_effects (key, worker) VALUES (:key, :worker)")


def written(*keys: str) -> int:
    """The effect; what is called so kills its worker before the commit."""
    db.session().execute(_INSERT, [{"key": key, "worker": os.getpid()} for key in keys])
    if any(key.startswith("kill") for key in keys):
        os.kill(os.getpid(), signal.SIGKILL)
    return len(keys)


@job("probe.effect")
def effect(key: str) -> str:
    """Nothing but the effect."""
    written(key)
    return key


@job("probe.batch", batch=50)
def batch(many: list[dict[str, Any]]) -> int:
    """Many effects at once."""
    return written(*(args["key"] for args in many))


@job("probe.outside")
def outside(key: str, file: str) -> Generator[Callable[[], None], None, str]:
    """A call to the outside, then the effect."""
    yield partial(told, Path(file), key)
    written(key)
    return key


def told(file: Path, key: str) -> None:
    """The outside keeps every call in one piece."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{key}\n".encode())
    os.close(descriptor)


@job("probe.fail")
def fail(key: str, until: str = "", *, unheard: bool = False) -> None:
    """Fail after the effect, for good or until a file is there."""
    written(key)
    if not until or not Path(until).exists():
        raise ValueError(f"cannot do {key}")


@job("probe.slow")
def slow(key: str, gate: str) -> None:
    """Stand at a gate after the effect and before its commit."""
    written(key)
    while not Path(gate).exists():
        time.sleep(0.01)


@job("probe.heavy", queue=HEAVY)
def heavy(key: str, gate: str = "") -> None:
    """The effect in a child of the worker, at a gate if there is one."""
    written(key)
    while gate and not Path(gate).exists():
        time.sleep(0.01)


@subscribe(JobDied)
def refuse_to_hear(event: JobDied) -> None:
    """Somebody for whom a dead job is a fault."""
    if event.args.get("unheard"):
        raise RuntimeError(f"job {event.job_id} cannot be dead")
