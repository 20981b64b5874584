"""How a stream is answered: bytes as they come, a seat while it lasts, a guard at the door."""

from collections.abc import Iterator
from typing import cast

from flask import Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.core.access import Access, caller
from app.core.live import measures
from app.core.live.board import Board
from app.core.live.desk import Desk
from app.core.live.errors import LiveElsewhere
from app.core.live.events import opening
from app.core.live.guard import Guard
from app.core.live.origins import live_address
from app.core.streams import Stream
from app.core.web import HoldfastApp, settings_of


def elsewhere() -> AnyResponse:
    """Where the streams are, told by a process that has none."""
    address = live_address(settings_of(current_app).live_url)
    if not address:
        raise LiveElsewhere(path=request.path)
    return redirect(address + request.full_path.rstrip("?"), 307)


def guard_of(access: Access, at: Desk) -> Guard:
    """The guard of a stream for who asks now."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's own way
    return Guard(cast("HoldfastApp", app), dict(request.environ), access, at.settings.live_recheck_seconds)


def streamed(at: Desk, name: str, frames: Iterator[bytes]) -> Response:
    """The answer that goes on for as long as the frames do; to HEAD, its headers."""
    if request.method == "HEAD":
        return _headed(Response())
    who = caller().user_id
    at.sit(who, name)
    response = _headed(Response(frames))
    response.call_on_close(lambda: at.rise(who, name))
    _let_go_of_who_does_not_read(at.settings.live_send_seconds)
    return response


def zones(at: Desk, stream: Stream, subject: int, guard: Guard) -> Iterator[bytes]:
    """What a page is told of its subject, until either side ends it."""
    board = at.watch(stream, subject)
    try:
        yield opening()
        yield from _told(board, at, guard, stream.name)
    finally:
        at.leave(stream, subject, board)


def _told(board: Board, at: Desk, guard: Guard, name: str) -> Iterator[bytes]:
    """While nobody can say whether the reader may stay, the reader learns nothing."""
    sent = 0
    while guard.lets_stay() and not board.over:
        newest = board.number
        if guard.sure and newest > sent:
            newest, news = board.news(sent)
            sent = newest
            measures.SENT.labels(name).inc()
            yield news
        else:
            yield board.beat()
        board.wait(newest, at.settings.live_heartbeat_seconds)


def _headed(response: Response) -> Response:
    response.mimetype = "text/event-stream"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _let_go_of_who_does_not_read(seconds: float) -> None:
    """Gunicorn hands its socket over; a write that takes longer than this ends the stream."""
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.settimeout(seconds)
