"""What a page can watch: each stream has a name, a role, and a snapshot of its subject as zones of HTML.

A zone is the same for everyone who may see it, holds no CSRF token, and replaces the element of the page that has its
name. Domains enter their streams here; the live process sends them, and any web process renders them once for a page
that cannot reach it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text

from app.core import db
from app.core.access import Access
from app.core.errors import RouteNotFound
from app.core.roles import Role

Zones = dict[str, str]
View = TypeVar("View", bound=Callable[..., Any])

_NOW = text("SELECT clock_timestamp()")


@dataclass(frozen=True)
class Stream:
    """A page's subject by its id, as zones; `seconds` is the shortest time between two looks, if not the usual one."""

    name: str
    role: Role
    snapshot: Callable[[int], Zones]
    seconds: float = 0

    @property
    def access(self) -> Access:
        """Who may watch it."""
        return Access("role", self.role)


@dataclass(frozen=True)
class Snapshot:
    """The zones as they were at a moment of the database's clock."""

    zones: Zones
    moment: datetime


STREAMS: dict[str, Stream] = {}


def watchable(stream: Stream) -> None:
    """Let pages watch this."""
    STREAMS[stream.name] = stream


def stream_named(name: str) -> Stream:
    """The stream with this name."""
    if name not in STREAMS:
        raise RouteNotFound
    return STREAMS[name]


def look(stream: Stream, subject: int) -> Snapshot:
    """A snapshot, in the unit that is open; the moment is read first, so it never tells more than it knows."""
    moment: datetime = db.connection().execute(_NOW).scalar_one()
    return Snapshot(stream.snapshot(subject), moment)


def look_alone(app: Flask, stream: Stream, subject: int) -> Snapshot:
    """The same in a unit of its own, as if a page of the console was asked for by nobody in particular."""
    with app.test_request_context("/console/"), db.statement():
        return look(stream, subject)


def on_live(view: View) -> View:
    """Mark a view that the live process serves."""
    view.on_live = True  # type: ignore[attr-defined]  # a mark that the live process reads
    return view
