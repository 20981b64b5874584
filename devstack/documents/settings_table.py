"""The table of settings, by topic, from their declarations."""

import inspect
from typing import Any

from app.core.settings import Settings
from app.core.settings.parsing import Spec
from devstack.documents.parts import table

UNITS = ("SECONDS", "MINUTES", "HOURS", "DAYS", "MS", "KM", "BYTES")
WORDS = {
    "text": "text", "flag": "`1` or `0`", "url": "URL", "zone": "IANA time zone", "currency": "three letters",
    "words": "words, comma-separated", "origins": "origins, comma-separated", "hours": "`22:00-07:00` or empty",
    "origin_or_port": "origin or `:port`", "webhook_secrets": "`whsec_…`, comma-separated", "seconds": "seconds",
    "whole": "number", "one_of": "a word", "addresses": "`host:port`, comma-separated", "master_name": "a name",
}  # fmt: skip
NEEDED = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}


def text() -> str:
    """A heading and a table for each topic, the first one as in `.env.example`."""
    topics = [
        topic for topic in reversed(Settings.__mro__) if "__annotations__" in vars(topic) and topic is not Settings
    ]
    return "\n".join(_topic(topic) for topic in topics)


def _topic(topic: type) -> str:
    rows = [_row(Settings.__dataclass_fields__[name].metadata["spec"]) for name in topic.__annotations__]
    return f"## {topic.__name__}\n\n{topic.__doc__}\n\n" + table(["name", "default", "value", "meaning"], rows)


def _row(spec: Spec) -> list[str]:
    marks = "".join([" Secret." if spec.secret else "", " **Production needs it.**" if spec.name in NEEDED else ""])
    default = f"`{spec.default}`" if spec.default else "empty"
    return [f"`{spec.name}`", default, _value(spec), spec.help + marks]


def _value(spec: Spec) -> str:
    parser: Any = spec.parse
    kind = parser.__qualname__.partition(".")[0]
    bounds = inspect.getclosurevars(parser).nonlocals
    if kind == "one_of":
        return ", ".join(f"`{word}`" for word in bounds["words"])
    unit = next((unit.lower() for unit in UNITS if spec.name.endswith(f"_{unit}")), WORDS.get(kind, kind))
    return (
        f"{unit}, {bounds['low']:g} to {bounds['high']:g}"
        if "low" in bounds and kind == "seconds"
        else (f"{unit}, {bounds['low']} to {bounds['high']}" if "low" in bounds else unit)
    )
