"""One line about one part: how it is, and what to do when it is not well."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.core import db

OK, WARNING, BAD = "ok", "warning", "bad"
LEVELS = (OK, WARNING, BAD)

Ask = Callable[[], Iterable["Check"]]
Parts = dict[str, Ask]


@dataclass(frozen=True)
class Check:
    """How one part is, and what to do when it is not well; `page` names the page of the console that shows more."""

    name: str
    level: str
    fact: str
    advice: str = ""
    page: str = ""

    def facts(self) -> dict[str, str]:
        """What a program reads."""
        return {"name": self.name, "level": self.level, "fact": self.fact, "advice": self.advice}


def worst(checks: Iterable[Check]) -> str:
    """The level of the part that is worst off."""
    return max((check.level for check in checks), key=LEVELS.index)


def asked(parts: Parts) -> list[Check]:
    """What the database says of each part; a question that it does not answer in time is a finding like any other."""
    return [check for name, ask in parts.items() for check in _asked(name, ask)]


def unknown(parts: Iterable[str], why: str) -> list[Check]:
    """The parts that cannot be asked about, and why."""
    return [Check(name, WARNING, f"Not known {why}.") for name in parts]


def graded(figure: float, warning: float, bad: float) -> str:
    """How bad a figure is that should be small."""
    return BAD if figure > bad else WARNING if figure > warning else OK


def _asked(name: str, ask: Ask) -> list[Check]:
    silent = Check(name, BAD, "The database did not say in time.", "Look for long transactions and for its load.")
    return db.answered(lambda: list(ask()), [silent])
