"""Many rows of a list changed at once: those that are ticked, or all that match its filter; and what became of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from app.core.errors import NothingChosen

Key = TypeVar("Key")
MOST_TICKS = 100


@dataclass(frozen=True)
class Outcome:
    """How many rows were changed, and how many were left as they are, by reason."""

    done: int
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Such as `1,198 done, 6 skipped: 5 already active, 1 in use`."""
        left = {reason: count for reason, count in self.skipped.items() if count}
        if not left:
            return f"{self.done:,} done."
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in left.items())
        return f"{self.done:,} done, {sum(left.values()):,} skipped: {reasons}."


def chosen(form: MultiDict[str, str], key: Callable[[str], Key]) -> list[Key] | None:
    """The rows that are ticked, or None for all that match; nothing at all is refused."""
    if form.get("all") == "true":
        return None
    try:
        ticked = [key(text) for text in form.getlist("row")[:MOST_TICKS]]
    except ValueError as error:
        raise NothingChosen from error
    if not ticked:
        raise NothingChosen
    return ticked
