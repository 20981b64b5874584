"""What was typed into the segment builder: a few fields, and a row for each rule (`rule-0-days` and so on)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core import forms
from app.core.forms import Form
from app.customers.schemas.segments import KINDS, MOST_RULES, SegmentForm

NO_RULES = "Add at least one rule."
TITLES = {
    "joined_within": "Joined lately",
    "ordered": "Ordered often and lately",
    "spent": "Spent much",
    "near_store": "Lives near a store",
}


@dataclass(frozen=True)
class Row:
    """One rule as it was typed."""

    type: str
    form: Form


@dataclass(frozen=True)
class Draft:
    """All that was typed, what is wrong with it, and what it means when nothing is."""

    typed: dict[str, str]
    rows: list[Row]
    errors: dict[str, str]
    facts: dict[str, Any]


def drafted(source: Mapping[str, str]) -> Draft:
    """The segment of a form."""
    form, rows = forms.read(SegmentForm, source), rows_of(source)
    by_rule = source.get("kind") != "manual"
    typed = form.typed | {"kind": "rules" if by_rule else "manual", "version": source.get("version", "")}
    errors = form.errors | errors_of(rows) | ({"rules": NO_RULES} if by_rule and not rows else {})
    if errors:
        return Draft(typed, rows, errors, {})
    facts = {name: form.values[name] for name in ("name", "description")}
    return Draft(typed, rows, {}, facts | {"rules": rules_of(rows, form.values["match"]) if by_rule else None})


def saved(segment: Any) -> Draft:
    """A segment as the form would hold it."""
    rules = segment.rules or {"match": "all", "rules": []}
    typed = {"name": segment.name, "description": segment.description, "match": rules["match"]}
    typed |= {"kind": "rules" if segment.rules else "manual", "version": str(segment.version)}
    rows = [_read(rule["type"], {name: str(value) for name, value in rule.items()}) for rule in rules["rules"]]
    return Draft(typed, rows, {}, {"rules": segment.rules})


def empty(kind: str) -> Draft:
    """A form that nobody typed into yet."""
    typed = {"name": "", "description": "", "match": "all", "kind": "manual" if kind == "manual" else "rules"}
    return Draft(typed, [], {}, {})


def rows_of(source: Mapping[str, str]) -> list[Row]:
    """The rows of a form, in their order."""
    return [row for number in range(MOST_RULES) for row in _row(source, number)]


def changed(rows: list[Row], act: str, new_type: str) -> list[Row]:
    """The rows after a button of the builder."""
    verb, _, number = act.partition("-")
    if verb == "add" and new_type in KINDS and len(rows) < MOST_RULES:
        return [*rows, _empty(new_type)]
    if verb == "remove" and number.isdecimal():
        return [row for place, row in enumerate(rows) if place != int(number)]
    return rows


def rules_of(rows: Iterable[Row], match: str) -> dict[str, Any]:
    """The rules that these rows mean, when nothing is wrong with any."""
    return {"match": match, "rules": [row.form.values for row in rows]}


def errors_of(rows: Iterable[Row]) -> dict[str, str]:
    """What is wrong at which field."""
    return {f"rule-{place}-{name}": text for place, row in enumerate(rows) for name, text in row.form.errors.items()}


def _row(source: Mapping[str, str], number: int) -> Iterator[Row]:
    kind = source.get(f"rule-{number}-type", "")
    if kind in KINDS:
        fields = KINDS[kind]().load_fields
        yield _read(kind, {name: source.get(f"rule-{number}-{name}", "") for name in fields})


def _read(kind: str, typed: Mapping[str, str]) -> Row:
    return Row(kind, forms.read(KINDS[kind], typed))


def _empty(kind: str) -> Row:
    typed = dict.fromkeys(KINDS[kind]().load_fields, "") | {"type": kind}
    return Row(kind, Form(typed, {}, {}))
