"""Requests that wait for a thread, and when the next one comes too late."""

from collections import deque
from collections.abc import Callable

from app.core.clock import monotonic


class Line:
    """Since when each request waits, the first one first; threads take the first one out."""

    def __init__(self, patience: float, longest: int, times: Callable[[float], None]) -> None:
        """Seconds that the first may wait before nobody else is let in, how many may wait at all, and who times it."""
        self.patience, self.longest, self._times = patience, longest, times
        self._since: deque[float] = deque()

    def enter(self, now: float) -> None:
        """One more waits."""
        self._since.append(now)

    def leave(self) -> None:
        """A thread takes the first."""
        self._times(monotonic() - self._since.popleft())

    def is_full(self, now: float) -> bool:
        """Whether so many wait, or the first one has waited for so long, that no more are let in."""
        try:
            return len(self._since) >= self.longest or now - self._since[0] > self.patience
        except IndexError:  # a thread took the last one just now
            return False
