"""The live process: many event streams, each a greenlet that mostly waits, over one PostgreSQL and one Redis.

It sends state and no events. Of each subject that somebody watches, one process looks at PostgreSQL a few times a
second, under a lease in Redis, and leaves what it saw there; the others read that. A stream sends the zones that have
changed since it last sent something. So nothing is lost when anything dies or is slow: the next look has all of it.

Nothing here imports gevent but `cooperative`, which only the live process does; the same code runs in plain threads.
"""

from collections.abc import Callable
from dataclasses import replace

from flask import Flask, current_app, request

from app.core import metrics
from app.core.errors import RouteNotFound
from app.core.live import here, measures, origins
from app.core.live.desk import Desk
from app.core.settings import Settings
from app.core.streams import STREAMS

PATIENCE_MS = 5000


def patient(settings: Settings) -> Settings:
    """The settings of a live process: after it was away a thousand come at once, and who waits holds up nobody."""
    return replace(settings, pool_timeout_ms=PATIENCE_MS)


def init_app(app: Flask, settings: Settings) -> None:
    """Make this application the one of a live process: it serves what is marked so, and nothing else."""
    metrics.write_as(f"live-{settings.live_port}")
    for name in (*STREAMS, "notifications"):
        measures.OPEN.labels(name).set(0)  # whoever had this port before may have been killed
    app.extensions["holdfast.live"] = Desk(app, settings)
    origins.allow_the_console(app)

    @app.before_request
    def only_what_is_live() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and not hasattr(view, "on_live"):
            raise RouteNotFound


def serve(app: Flask, ending: Callable[[], bool]) -> None:
    """Hold streams until the process is asked to end."""
    at: Desk = app.extensions["holdfast.live"]
    at.close_when(ending)
    here.keep(app, at.closing)


def this_desk() -> Desk | None:
    """The desk of a live process; None in any other."""
    found: Desk | None = current_app.extensions.get("holdfast.live")
    return found
