"""The filters of a list in its address: what the list knows, and anything else as if it were not there."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from app.core.money import parse_money

FLAGS = {"true": True, "false": False}
LONGEST = 100


def asked(
    args: Mapping[str, str],
    *,
    orderings: Collection[str],
    ordering: str,
    texts: Collection[str] = ("q",),
    **choices: Collection[str],
) -> dict[str, str]:
    """Each filter as text, empty when it is not asked for; the ordering is one of those there are."""
    found = {name: args.get(name, "").replace("\0", "")[:LONGEST] for name in texts}
    found |= {name: _one_of(args.get(name, ""), known, "") for name, known in choices.items()}
    return found | {"ordering": _one_of(args.get("ordering", ""), orderings, ordering)}


def day(text: str) -> date | None:
    """The day that a text names, if it names one of our times."""
    try:
        named = date.fromisoformat(text)
    except ValueError:
        return None
    return named if 1970 <= named.year < 9999 else None


def number(text: str) -> int | None:
    """The id that a text names, if it names one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def amount(text: str) -> Decimal | None:
    """The amount of money that a text names, if it names one."""
    try:
        return parse_money(text.strip().replace(",", "."))
    except ValueError:
        return None


def _one_of(text: str, known: Collection[str], otherwise: str) -> str:
    return text if text in known else otherwise
