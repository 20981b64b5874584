"""How a simulated service behaves: switches that are set at its start and while it runs."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Self


def words(*known: str) -> Any:
    """A switch that is one of these words, the first unless it is told otherwise."""
    return field(default=known[0], metadata={"words": known})


def share(usual: float) -> Any:
    """A switch that is a part of one."""
    return field(default=usual, metadata={"most": 1})


@dataclass(frozen=True)
class Switches:
    """Numbers, words and flags; each has a default."""

    def changed(self, wishes: Mapping[str, Any]) -> Self:
        """The same with these wishes, given as text or as JSON; ValueError names one that cannot be."""
        known = {each.name: each for each in fields(self)}
        if unknown := wishes.keys() - known.keys():
            raise ValueError(f"no such behaviour: {', '.join(sorted(unknown))}")
        found = {name: _read(known[name], value) for name, value in wishes.items()}
        return type(self)(**{name: getattr(self, name) for name in known} | found)

    @classmethod
    def from_environment(cls, prefix: str, environ: Mapping[str, str]) -> Self:
        """What <PREFIX>_<SWITCH> says for each of them."""
        names = {each.name: f"{prefix}_{each.name.upper()}" for each in fields(cls)}
        return cls().changed({name: environ[variable] for name, variable in names.items() if environ.get(variable)})


def _read(switch: Field[Any], value: Any) -> Any:
    text = str(value).lower()
    kind: type = type(switch.default)
    try:
        found = text in {"1", "true"} if kind is bool else kind(text)
    except ValueError as error:
        raise ValueError(f"{switch.name}: {value!r} is no number") from error
    known, most = switch.metadata.get("words"), switch.metadata.get("most", 3600)
    if known and found not in known:
        raise ValueError(f"{switch.name}: write one of {', '.join(known)}")
    if isinstance(found, int | float) and not 0 <= found <= most:
        raise ValueError(f"{switch.name}: write 0 to {most}")
    return found
