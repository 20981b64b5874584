"""Two versions of a record, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.jsons import indented


@dataclass(frozen=True)
class Difference:
    """One field as text, before and after; None where it was not there."""

    name: str
    before: str | None
    after: str | None

    @property
    def mark(self) -> str:
        """What happened to it, in a word."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if self.before == self.after else "changed"


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Every field of both versions, those of the older one first."""
    for name in dict.fromkeys([*old, *new]):
        yield Difference(name, *(_text(version[name]) if name in version else None for version in (old, new)))


def _text(value: Any) -> str:
    """A text as it is; anything else, and a text that would not be seen, as JSON."""
    return value if isinstance(value, str) and value.strip() else indented(value)
