"""The registry of what must never be found: a name and a query that finds no row."""

from dataclasses import dataclass

INVARIANTS: list["Invariant"] = []


@dataclass(frozen=True)
class Invariant:
    """A rule and the query for its breaches."""

    name: str
    rule: str
    breaches: str


def never(name: str, rule: str, breaches: str) -> None:
    """Enter an invariant."""
    INVARIANTS.append(Invariant(name, rule, breaches))
