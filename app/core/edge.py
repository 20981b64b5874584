"""The web edge: for every request, who asks, how often, may they, in which unit of work, once or again.

The one commit of a request happens here, inside the view's dispatch, so that a commit that fails is answered like any
other refusal and an answer is only given for what is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from flask import Flask, Request, Response, request

from app.core import context, db, idempotency, ratelimit, replica, standstill
from app.core.access import admit
from app.core.clock import rfc3339
from app.core.context import Principal
from app.core.crashpoints import crash_here
from app.core.errors import AppError

SAFE = {"GET", "HEAD", "OPTIONS"}
WITHOUT_UNIT = {"none", "own", "report"}

Loader = Callable[[Request], Principal | None]


def unit(mode: str, *, limited: bool = True) -> Callable[[Any], Any]:
    """Mark a view with the unit it runs in when the method does not tell: `statement`, `transaction` or `none`.

    `verb`: one SQL function is the whole transaction, save that an Idempotency-Key has to be kept together with it.
    `own`: its service opens them itself, because something slow must happen between two of them.
    `report`: it reads what nobody has to see just after changing it and decides nothing, so a replica may answer.
    """

    def mark(view: Any) -> Any:
        view.unit, view.limited = mode, limited and mode != "none"
        return view

    return mark


class Web(Flask):
    """Flask with the edge in place of its plain dispatch."""

    principal_loader: Loader

    def dispatch_request(self) -> Response:
        """Run the view inside the edge, and finish its response before the commit."""
        view = self.view_functions.get(request.endpoint or "")
        if view is None or request.method == "OPTIONS" or request.endpoint == "static":
            return self.make_response(super().dispatch_request())
        with unit_of(view):
            self._authenticate(view)
            if mode_of(view) == "report":
                return told(replica.report(self._answered))
            return idempotency.once(view, self._answered)

    def _answered(self) -> Response:
        """What the view answers."""
        return self.make_response(super().dispatch_request())

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The view itself: no view here is a coroutine, and asking costs time in every decorator."""
        return func

    def _authenticate(self, view: Any) -> None:
        try:
            with reading(view):
                who = self.principal_loader(request) if view.access.asks_who else None
        except AppError:
            _count(view, None)
            raise
        _count(view, who)
        context.sign_in(who)
        admit(view.access, who)


def told(response: Response) -> Response:
    """A report that was read from the replica says as of when it is."""
    if shown := replica.data_as_of():
        response.headers["X-Data-As-Of"] = rfc3339(shown.moment)
    return response


def _count(view: Any, who: Principal | None) -> None:
    """Whoever watches over the service always gets through to it."""
    if getattr(view, "limited", True):
        ratelimit.count_request(who)


def mode_of(view: Any) -> str:
    """The mode of this view's unit."""
    mode: str = getattr(view, "unit", "statement" if request.method in SAFE else "transaction")
    if mode == "verb":
        return "transaction" if "Idempotency-Key" in request.headers else "statement"
    return mode


def reading(view: Any) -> AbstractContextManager[Any]:
    """Where a view has no unit of the edge's, who asks is read in one of its own, which gives its connection back."""
    return db.statement() if mode_of(view) in WITHOUT_UNIT else nullcontext()


@contextmanager
def unit_of(view: Any) -> Iterator[None]:
    """The unit of work that this view runs in."""
    mode = mode_of(view)
    if request.method not in SAFE:
        standstill.refuse()
    if mode in WITHOUT_UNIT:
        yield
        return
    with db.transaction() if mode == "transaction" else db.statement():
        yield
        crash_here("edge.before_commit")
    crash_here("edge.committed")
