"""A browser's form read by the same schema as JSON: text becomes what the field expects, then the schema decides."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.errors import AppError, ValidationFailed
from app.core.schemas import WHOLE, Flag, Integer, Money, Number, Schema
from app.core.sqlstate import translated

Made = TypeVar("Made")


@dataclass(frozen=True)
class Form:
    """What was typed, what it means, and what is wrong with it."""

    typed: dict[str, str]
    values: dict[str, Any]
    errors: dict[str, str]


def read(schema: type[Schema], source: Mapping[str, str]) -> Form:
    """The form as the schema sees it; fields the schema does not know are left aside."""
    fields = schema().load_fields
    typed = {name: source.get(name, "") for name in fields}
    try:
        meant = {name: _meant(fields[name], text) for name, text in typed.items() if text.strip() != ""}
        return Form(typed, schema().load(meant), {})
    except ValidationError as error:
        messages = cast("dict[str, Any]", error.messages)
        return Form(typed, {}, {name: _sentence(texts) for name, texts in messages.items()})


def tried(act: Callable[[], Made], at: Mapping[type[AppError], str]) -> tuple[Made | None, dict[str, str]]:
    """What was made, or what is wrong at which field; the transaction goes on either way."""
    try:
        with db.session().begin_nested():
            return act(), {}
    except ValidationFailed as refusal:
        return None, {fault["pointer"].strip("/"): fault["detail"] for fault in refusal.figures["errors"]}
    except (AppError, SQLAlchemyError) as fault:
        refused = translated(fault) if isinstance(fault, SQLAlchemyError) else fault
        if refused is None or type(refused) not in at:
            raise
        return None, {at[type(refused)]: refused.text()}


def typed(row: Any, names: Iterable[str]) -> dict[str, str]:
    """A row as a form would hold it."""
    values = ((name, getattr(row, name)) for name in names)
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values}


def differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Where a form and what is saved disagree."""
    return {name: {"yours": mine[name], "theirs": theirs[name]} for name in theirs if mine[name] != theirs[name]}


def version(source: Mapping[str, str]) -> int:
    """The version of the row that a form was made from; 0 is never one."""
    text = source.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _meant(field: Any, text: str) -> Any:
    if isinstance(field, Flag):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(field, Integer):
        return int(text) if WHOLE.fullmatch(text.strip()) else text
    if isinstance(field, Money):
        return text.replace(",", ".")
    return _number(text) if isinstance(field, Number) else text


def _number(text: str) -> float | str:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return text


def _sentence(texts: Any) -> str:
    first = str(texts[0] if isinstance(texts, list) else texts)
    return "Fill this in." if first.startswith("Missing data") else first
