"""What one run of a load generator found out."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


class BenchError(Exception):
    """A run that means nothing: an answer was refused, or a part of the stack is missing."""


@dataclass(frozen=True)
class Figure:
    """The answers of one run: how many a second, how late, how many were no success."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int = 0

    def checked(self, name: str) -> "Figure":
        """The figure itself, unless something went wrong on the way to it."""
        if self.errors:
            raise BenchError(f"{name}: {self.errors} requests were not answered with success")
        if not self.per_second:
            raise BenchError(f"{name}: nothing was answered")
        return self


def middle(figures: Sequence[Figure]) -> Figure:
    """The median of each part over several runs."""
    return Figure(
        per_second=round(median(figure.per_second for figure in figures), 1),
        p50_ms=round(median(figure.p50_ms for figure in figures), 2),
        p99_ms=round(median(figure.p99_ms for figure in figures), 2),
        errors=sum(figure.errors for figure in figures),
    )
