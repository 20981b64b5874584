"""How much the tests of faults are put through: SCALE=1 is the full size, that of `make chaos`."""

import os

SCALE = float(os.environ.get("SCALE", "0.02"))
FEWEST = 3


def scaled(full: float, least: int = FEWEST) -> int:
    """So many in place of the full number, but never fewer than the least that still shows the rule."""
    return max(round(full * SCALE), least)


def pauses(*, every: float, seconds: float) -> list[float]:
    """The pauses between faults that come so often for so long; in small the time is shorter and they come sooner."""
    whole = scaled(seconds)
    pause = min(every, whole / FEWEST)
    return [pause] * round(whole / pause)
