"""Fields take exactly what JSON calls by their name."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from app.core.schemas import (
    BIGINT,
    Flag,
    Integer,
    ListQuery,
    Moment,
    Money,
    Number,
    QueryFlag,
    QueryInteger,
    Schema,
    Secret,
    Text,
)


class Everything(Schema):
    text = Text()
    secret = Secret()
    integer = Integer()
    query_integer = QueryInteger()
    number = Number()
    flag = Flag()
    query_flag = QueryFlag()
    money = Money()
    moment = Moment()


def load(**values: Any) -> Any:
    return Everything().load(values)


@pytest.mark.parametrize(
    ("field", "given", "meant"),
    [
        ("text", "  a b  ", "a b"),
        ("text", "", ""),
        ("secret", "  a b  ", "  a b  "),
        ("integer", -5, -5),
        ("integer", BIGINT, BIGINT),
        ("query_integer", "-5", -5),
        ("query_integer", "007", 7),
        ("number", 5, 5.0),
        ("number", -0.5, -0.5),
        ("flag", True, True),
        ("query_flag", "false", False),
        ("money", "19.9", Decimal("19.90")),
        ("money", 19.9, Decimal("19.90")),
        ("moment", "2030-01-31T09:00:00Z", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("moment", "1970-01-02T00:00:00Z", datetime(1970, 1, 2, tzinfo=UTC)),
        ("moment", "2030-01-31T09:00:00.123456+05:30", datetime(2030, 1, 31, 3, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_value_of_the_right_kind_is_taken(field: str, given: Any, meant: Any) -> None:
    taken = load(**{field: given})[field]
    assert (taken, type(taken)) == (meant, type(meant))


WRONG: dict[str, list[Any]] = {
    "text": [5, True, None, [], {}, "a\0b"],
    "secret": [5, None, []],
    "integer": ["5", 5.0, 5.5, True, None, [], BIGINT + 1, -BIGINT - 2, 1e20, float("nan"), float("inf")],
    "query_integer": [
        5,
        "",
        " ",
        "5.0",
        "--5",
        "5-",
        "1e2",
        "\u0665",
        "9" * 19,
        "9" * 5000,
        "9223372036854775808",
        None,
    ],
    "number": ["5", "0.5", True, None, float("nan"), float("inf"), -float("inf")],
    "flag": ["true", "on", 1, 0, None],
    "query_flag": ["1", "True", "", True],
    "money": [True, None, "19.905", 0.001, "NaN", float("inf"), "1e2", "99999999999"],
    "moment": [
        *(5, True, None, "", "now", "2030-01-31", "2030-01-31T09:00:00", "2030-01-31T09:00Z", "2030-02-30T09:00:00Z"),
        *("1970-01-01T23:59:59Z", "2999-12-31T00:00:00Z", "2999-12-30T23:59:59-00:01"),
        *("2030-01-31T09:00:00", "2030-01-31T09:00:00.000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
}


@pytest.mark.parametrize("field", WRONG)
def test_nothing_that_only_resembles_it_is_taken(field: str) -> None:
    for given in WRONG[field]:
        with pytest.raises(ValidationError) as refused:
            load(**{field: given})
        assert refused.value.args[0].keys() == {field}, given


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="Unknown field"):
        load(colour="red")


@pytest.mark.parametrize("body", [[], "x", 5, None], ids=repr)
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(ValidationError, match="Invalid input type"):
        Everything().load(body)


def test_money_and_moments_are_shown_as_strings_and_secrets_never() -> None:
    shown = Everything().dump(
        {"money": Decimal("5.00"), "moment": datetime(2030, 1, 31, tzinfo=UTC), "secret": "hush", "text": None}
    )
    assert shown == {"money": "5.00", "moment": "2030-01-31T00:00:00.000Z", "text": None}


@pytest.mark.parametrize(
    ("limit", "allowed"), [("0", False), ("1", True), ("100", True), ("101", False), ("-1", False)]
)
def test_a_page_has_1_to_100_rows(limit: str, allowed: bool) -> None:
    assert (ListQuery().validate({"limit": limit}) == {}) is allowed


def test_a_page_has_25_rows_unless_told() -> None:
    assert ListQuery().load({}) == {"limit": 25, "cursor": None, "fields_": None}
