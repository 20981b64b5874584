"""What customers decide without asking anybody."""

from collections.abc import Iterable, Mapping
from typing import Any

OWN = ("latitude", "longitude", "in_app_opt_in", "email_opt_in")
Rules = Mapping[str, Any]


def stores_named(segments: Iterable[Rules | None]) -> set[int]:
    """The stores that the rules of segments measure from."""
    return {rule["store_id"] for rules in segments if rules for rule in rules["rules"] if rule["type"] == "near_store"}


def parted(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a change stands in the user's row, and what in the customer's."""
    own = {name: value for name, value in changes.items() if name in OWN}
    return {name: value for name, value in changes.items() if name not in OWN}, own


def kind(rules: Rules | None) -> str:
    """What a segment is, for a sentence about it."""
    return "has rules" if rules else "has members that are put in by hand"
