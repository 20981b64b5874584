"""JSON is strict on its way in and exact on its way out."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import request

from app.core import jsons
from app.core.errors import MalformedBody, UnsupportedType, ValidationFailed
from app.core.web import HoldfastApp


@pytest.fixture
def read(app: HoldfastApp) -> Any:
    """What the application makes of a body."""

    def body_of(body: bytes, content_type: str = "application/json") -> Any:
        with app.test_request_context(method="POST", data=body, content_type=content_type):
            return jsons.body_of(request)

    return body_of


def lists(levels: int, inside: str = "") -> str:
    return "[" * levels + inside + "]" * levels


def objects(levels: int) -> str:
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


def mixed(levels: int, inside: str = "1") -> str:
    for level in range(levels):
        inside = f'{{"a":{inside}}}' if level % 2 else f"[{inside}]"
    return inside


NESTINGS = [lists, objects, mixed, lambda levels: lists(levels, "1"), lambda levels: f"[1,{mixed(levels - 1)},[]]"]


@pytest.mark.parametrize("nested", NESTINGS, ids=["lists", "objects", "mixed", "around a number", "beside others"])
def test_32_levels_are_read_and_33_are_refused(read: Any, nested: Any) -> None:
    assert read(nested(32).encode())
    with pytest.raises(MalformedBody, match="nested more than 32 levels deep"):
        read(nested(33).encode())


@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":', "[[]," * 2], ids=["lists", "objects", "mixed", "wide"])
def test_a_mebibyte_of_open_brackets_is_refused(read: Any, unit: str) -> None:
    body = unit.encode() * (2**20 // len(unit))
    with pytest.raises(MalformedBody):
        read(body)


def test_a_mebibyte_of_shallow_lists_is_read(read: Any) -> None:
    body = b"[" + b",".join([b"[]"] * (2**20 // 3 - 1)) + b"]"
    assert len(read(body)) == 2**20 // 3 - 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b"{} {}",
        b'{"a":1e400}',
        b'{"a":01}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\x00"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
    ],
    ids=repr,
)
def test_what_is_no_json_is_refused_with_its_place(read: Any, body: bytes) -> None:
    with pytest.raises(MalformedBody, match=r"The body is not valid JSON: .+ at character"):
        read(body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("around", ["{}", '{{"a":{}}}', "[1,{}]"])
def test_what_javascript_calls_a_number_and_json_does_not_is_a_wrong_value(read: Any, number: str, around: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read(around.format(number).encode())
    assert refused.value.figures["errors"][0]["detail"] == f"{number} is no number."


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_said_to_be_json_is_refused(read: Any, content_type: str) -> None:
    with pytest.raises(UnsupportedType):
        read(b"{}", content_type)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "application/x+json"])
def test_json_under_each_of_its_names_is_read(read: Any, content_type: str) -> None:
    assert read(b'{"a":[1,2.5,"x",true,null]}', content_type) == {"a": [1, 2.5, "x", True, None]}


def test_of_a_name_given_twice_the_last_one_counts(read: Any) -> None:
    assert read(b'{"a":1,"a":2}') == {"a": 2}


def test_money_is_written_as_a_string_and_a_moment_in_utc() -> None:
    written = jsons.dump({"price": Decimal("19.90"), "at": datetime(2030, 1, 31, tzinfo=UTC)})
    assert written == b'{"price":"19.90","at":"2030-01-31T00:00:00.000Z"}'


def test_what_has_no_json_form_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        jsons.dump({"a": {1, 2}})
