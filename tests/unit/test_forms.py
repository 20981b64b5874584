"""A browser's form means what its JSON would."""

from decimal import Decimal
from typing import Any

import pytest
from marshmallow import validate

from app.core import forms
from app.core.schemas import Flag, Integer, Money, Number, Schema, Text


class Thing(Schema):
    name = Text(required=True, validate=validate.Length(1, 10))
    count = Integer()
    weight = Number()
    price = Money()
    is_active = Flag(load_default=True)


def read(**typed: str) -> forms.Form:
    return forms.read(Thing, {"name": "n"} | typed)


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        ("name", "  Berlin ", "Berlin"),
        ("count", " -5 ", -5),
        ("weight", "0,5", 0.5),
        ("weight", "0.5", 0.5),
        ("weight", "-7", -7.0),
        ("price", "19.9", Decimal("19.90")),
        ("price", " 19,90 ", Decimal("19.90")),
        ("is_active", "false", False),
        ("is_active", "true", True),
    ],
)
def test_text_becomes_what_the_field_expects(field: str, typed: str, meant: Any) -> None:
    form = read(**{field: typed})
    assert form.errors == {}
    assert (form.values[field], type(form.values[field])) == (meant, type(meant))


WRONG = {
    "name": ["\0", "far too long a name"],
    "count": ["5.0", "five", "--5", "5-", "²", "1e2", "9" * 30, "9" * 5000],
    "weight": ["heavy", "nan", "inf", "-Infinity", "1e999", "1,000.5"],
    "price": ["1,000.50", "1,000", "19.905", "NaN", "1e2"],
    "is_active": ["yes", "1", "on"],
}


@pytest.mark.parametrize("field", WRONG)
def test_what_the_field_cannot_mean_is_said_beside_it_and_left_as_typed(field: str) -> None:
    for typed in WRONG[field]:
        form = read(**{field: typed})
        assert form.errors.keys() == {field}, typed
        assert form.errors[field].endswith(".")
        assert form.typed[field] == typed
        assert form.values == {}


def test_a_field_left_empty_is_a_field_not_sent() -> None:
    assert read(count="", weight="  ").values == {"name": "n", "is_active": True}
    assert forms.read(Thing, {"name": " "}).errors == {"name": "Fill this in."}


def test_every_wrong_field_is_named_at_once() -> None:
    assert forms.read(Thing, {"count": "x", "weight": "y"}).errors.keys() == {"name", "count", "weight"}


def test_fields_of_the_page_itself_are_left_aside() -> None:
    form = read(csrf_token="t", next="/console/")
    assert form.errors == {}
    assert "csrf_token" not in form.typed
