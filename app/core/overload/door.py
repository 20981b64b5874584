"""The line before the threads of one web process, and what those are told who find it full."""

from typing import TYPE_CHECKING

import structlog

from app.core.clock import monotonic
from app.core.overload.line import Line
from app.core.overload.refusals import Seen, refusal, seen
from app.core.web import HoldfastApp, settings_of

if TYPE_CHECKING:
    from app.core.metrics import RequestMetrics

log = structlog.get_logger("holdfast.overload")

BETWEEN_LINES = 1.0


class Door:
    """There once the application is: until then, and before another application, nobody is turned away."""

    def __init__(self, app: HoldfastApp, connections: int) -> None:
        """By the settings of this application; of the connections that the process takes, a quarter may wait."""
        settings = settings_of(app)
        self._figures: RequestMetrics = app.extensions["holdfast.metrics"]
        self.line = Line(settings.queue_timeout_ms / 1000, connections // 4, self._figures.waits.observe)
        self._origins = settings.cors_origins
        self._untold, self._told_at = 0, 0.0

    def looks_at(self, received: bytes) -> Seen:
        """Who is there."""
        return seen(received)

    def turns_away(self, request: Seen, *, stays: bool) -> bytes:
        """What is answered to a request that comes too late, on a connection that stays open or does not."""
        self._figures.count_refusal(request.method)
        self._untold += 1
        if monotonic() - self._told_at >= BETWEEN_LINES:
            log.warning("requests are refused: too many wait", requests=self._untold)
            self._untold, self._told_at = 0, monotonic()
        return refusal(request, self._origins, stays=stays)
