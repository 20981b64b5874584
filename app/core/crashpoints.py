"""Named points at which a process can be made to die, so that tests can prove what survives; refused in production."""

import os
import signal
from collections import Counter

from app.core.settings import Settings

_reached: Counter[str] = Counter()
_armed: tuple[str, int] = ("", 0)


def arm(settings: Settings) -> None:
    """Take the point from the settings: `name` dies the first time, `name:3` the third."""
    global _armed  # noqa: PLW0603 - one process has one point
    name, _, times = settings.crash_point.partition(":")
    _armed = (name, int(times or 1))


def crash_here(name: str) -> None:
    """Die as if by kill -9, when this point is the armed one."""
    if name != _armed[0]:
        return
    _reached[name] += 1
    if _reached[name] == _armed[1]:
        os.kill(os.getpid(), signal.SIGKILL)
