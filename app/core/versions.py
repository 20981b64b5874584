"""Rows that several people edit: each change moves the version on, and a change to an older version is refused."""

from collections.abc import Collection
from typing import Any, Protocol

from app.core.errors import Stale


class Seen(Protocol):
    """A row whose version can be read."""

    @property
    def version(self) -> Any:
        """The version."""


class Versioned(Protocol):
    """A row with a version."""

    version: Any


def refuse_stale(row: Seen, expected: Collection[int] | None) -> None:
    """Raise unless the row is still at a version that the caller has seen."""
    if expected is not None and row.version not in expected:
        raise Stale(version=row.version)


def apply(row: Versioned, changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change what differs; the answer is how that was before and how it is now, both empty when nothing differs."""
    new = {name: value for name, value in changes.items() if getattr(row, name) != value}
    old = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    if new:
        row.version += 1
    return old, new
