"""The filters of a list in its address: what the list knows, and anything else as if it were not there."""

from collections.abc import Collection, Mapping

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


def _one_of(text: str, known: Collection[str], otherwise: str) -> str:
    return text if text in known else otherwise
