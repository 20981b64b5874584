"""What surrounds the work at hand: the request id, the source and the principal; carried by context variables."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

from app.core.ids import uuid7
from app.core.roles import Role, allows

VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


THEMES = ("light", "dark", "system")


@dataclass(frozen=True)
class Preferences:
    """How somebody wants the console to be: their zone, a theme, and whether single keys do something."""

    zone: str = ""
    theme: str = "system"
    shortcuts: bool = True


@dataclass(frozen=True)
class Principal:
    """Who is asking: a user with a live session."""

    user_id: int
    username: str
    role: Role
    session_id: str
    preferences: Preferences = Preferences()

    def can(self, needed: str) -> bool:
        """Whether the role includes the needed one."""
        return allows(self.role, Role(needed))


_request_id: ContextVar[str] = ContextVar("request_id", default="")
_source: ContextVar[str] = ContextVar("source", default="cli")
_principal: ContextVar[Principal | None] = ContextVar("principal", default=None)


def request_id() -> str:
    """The id under which this work is logged."""
    return _request_id.get()


def source() -> str:
    """Where this work came in: api, console, job or cli."""
    return _source.get()


def principal() -> Principal | None:
    """Who is asking, if anybody signed in."""
    return _principal.get()


def sign_in(who: Principal | None) -> None:
    """From here on, this is who is asking."""
    _principal.set(who)


def accepted_request_id(offered: str | None) -> str:
    """The caller's id when it is one, else a new one."""
    return offered if offered and VALID_REQUEST_ID.fullmatch(offered) else uuid7().hex


@contextmanager
def surroundings(*, source: str, request_id: str | None = None, who: Principal | None = None) -> Iterator[str]:
    """Set all three for the work inside, and put back what was there before."""
    made = accepted_request_id(request_id)
    before = _request_id.get(), _source.get(), _principal.get()
    _enter(made, source, who)
    try:
        yield made
    finally:
        _enter(*before)


def _enter(request_id: str, source: str, who: Principal | None) -> None:
    _request_id.set(request_id)
    _source.set(source)
    _principal.set(who)
    structlog.contextvars.clear_contextvars()
    if request_id:
        structlog.contextvars.bind_contextvars(request_id=request_id)
