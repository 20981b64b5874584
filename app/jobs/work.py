"""Doing one job: in one transaction with its `done`, or around a call to the outside that no transaction may contain.

A job that talks to the outside is a generator: what it reads before its one `yield` is a transaction of its own, what
it yields is called outside of any, and what it writes afterwards is one commit with `done`. A fault of the call is
thrown into it, so that it can write down what happened, in the commit that counts the failed try.
"""

from collections.abc import Callable, Generator
from inspect import isgenerator
from typing import Any, cast

from app.core import db
from app.core.crashpoints import crash_here
from app.jobs import leasing
from app.jobs.leasing import Lease
from app.jobs.registry import JobKind

Steps = Generator[Callable[[], Any], Any, Any]


class Work:
    """One try of one job."""

    def __init__(self, kind: JobKind, lease: Lease) -> None:
        """Nothing is done yet."""
        self.kind, self.lease = kind, lease
        self._paused: Steps | None = None

    def do(self) -> None:
        """Do it all, or raise what went wrong."""
        outside = self._begin()
        if outside is None:
            return
        outcome = outside()
        crash_here("jobs.called")
        steps, self._paused = self._paused, None
        with db.transaction():
            self._finish(_returned(steps, outcome))
        crash_here("jobs.done")

    def told(self, error: Exception) -> Exception | None:
        """Throw the fault of the outside call into the job; what it raises in turn is the fault to keep.

        A job that returns has settled the fault itself: it is done, and there is none.
        """
        if self._paused is None:
            return error
        try:
            self._paused.throw(error)
        except StopIteration as end:
            leasing.finish([self.lease], end.value)
            return None
        except Exception as final:  # noqa: BLE001 - the job's last word, its own fault or the one thrown in
            return final
        return error

    def _begin(self) -> Callable[[], Any] | None:
        with db.transaction():
            result: Any = self.kind.call([self.lease.args]) if self.kind.batch else self.kind.call(**self.lease.args)
            if not isgenerator(result):
                self._finish(result)
                return None
            steps = cast("Steps", result)
            try:
                outside = next(steps)
            except StopIteration as end:
                self._finish(end.value)
                return None
        self._paused = steps
        return outside

    def _finish(self, result: Any) -> None:
        leasing.finish([self.lease], result)
        crash_here("jobs.before_commit")


def _returned(steps: Steps | None, outcome: Any) -> Any:
    try:
        if steps is not None:
            steps.send(outcome)
    except StopIteration as end:
        return end.value
    raise TypeError("a job may leave its transaction once")
