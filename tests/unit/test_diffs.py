"""Two versions of a record are compared field by field, and each value is shown so that it can be told apart."""

from typing import Any

import pytest

from app.core.diffs import differences


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({}, {}, []),
        ({}, {"a": 1}, [("a", None, "1", "added")]),
        ({"a": 1}, {}, [("a", "1", None, "removed")]),
        ({"a": 1}, {"a": 2}, [("a", "1", "2", "changed")]),
        ({"a": 1}, {"a": 1}, [("a", "1", "1", "same")]),
        ({"a": None}, {"a": "x"}, [("a", "null", "x", "changed")]),
        ({"a": "x"}, {"a": None}, [("a", "x", "null", "changed")]),
        ({"a": ""}, {"a": " "}, [("a", '""', '" "', "changed")]),
        ({"a": True}, {"a": 0.5}, [("a", "true", "0.5", "changed")]),
        (
            {"b": 1, "a": 1},
            {"c": 2, "b": 2},
            [("b", "1", "2", "changed"), ("a", "1", None, "removed"), ("c", None, "2", "added")],
        ),
        ({}, {"a": {"b": ["ü"]}}, [("a", None, '{\n  "b": [\n    "ü"\n  ]\n}', "added")]),
    ],
)
def test_each_field_is_told_with_what_happened_to_it(old: dict[str, Any], new: dict[str, Any], told: Any) -> None:
    assert [(each.name, each.before, each.after, each.mark) for each in differences(old, new)] == told
