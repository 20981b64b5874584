"""How the simulated provider behaves: well, unless it is told otherwise at its start or while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

ANSWERS = ("well", "error", "drop", "nonsense")


@dataclass(frozen=True)
class Behaviour:
    """`acts`: a call that is not answered well (or after a pause) has its effect all the same."""

    delay: float = 0.0  # seconds before a message is sent
    duplicates: int = 0  # how often each message is sent once more
    disorder: float = 0.0  # up to so many seconds more before a message, by chance
    loss: float = 0.0  # the share of messages that is never sent
    hang: float = 0.0  # seconds before a call of the API is answered
    answers: str = "well"  # how calls of the API are answered
    acts: bool = False
    refuse_refunds: bool = False

    def changed(self, wishes: Mapping[str, Any]) -> Self:
        """The same with these wishes, given as text or as JSON; ValueError names one that cannot be."""
        known = {field.name: field for field in fields(self)}
        if unknown := wishes.keys() - known.keys():
            raise ValueError(f"no such behaviour: {', '.join(sorted(unknown))}")
        found = {name: _read(name, type(known[name].default), value) for name, value in wishes.items()}
        return type(self)(**{name: getattr(self, name) for name in known} | found)


def from_environment(environ: Mapping[str, str]) -> Behaviour:
    """What SIMULATOR_DELAY, SIMULATOR_LOSS and so on say."""
    names = {field.name: f"SIMULATOR_{field.name.upper()}" for field in fields(Behaviour)}
    return Behaviour().changed({name: environ[variable] for name, variable in names.items() if environ.get(variable)})


def _read(name: str, kind: type, value: Any) -> Any:
    text = str(value).lower()
    try:
        found = text in {"1", "true"} if kind is bool else text if kind is str else kind(text)
    except ValueError as error:
        raise ValueError(f"{name}: {value!r} is no number") from error
    if kind is str and found not in ANSWERS:
        raise ValueError(f"{name}: write one of {', '.join(ANSWERS)}")
    if isinstance(found, int | float) and not 0 <= found <= 3600:
        raise ValueError(f"{name}: write 0 to 3600")
    return found
