"""CSV that a spreadsheet opens as text and numbers, never as a formula."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.csvs import lines, neutral

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "\uff1d1+1", "\uff0d1"]
)
def test_a_formula_becomes_a_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "O'Neill", "1-2", -5, 0.5, Decimal("-19.90"), None, True], ids=repr)
def test_anything_else_stays_what_it_is(cell: object) -> None:
    assert neutral(cell) is cell


def test_quotes_commas_and_newlines_stay_in_their_cell() -> None:
    row = ['say "hi"', "a,b", "two\nlines", "two\r\nlines", "  "]
    assert read("".join(lines(["a", "b", "c", "d", "e"], [row]))) == [["a", "b", "c", "d", "e"], row]


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2)))
def test_every_cell_is_read_back_as_it_was_written(rows: list[list[str]]) -> None:
    written = "".join(lines(["a", "b"], rows))
    assert read(written) == [["a", "b"], *([neutral(cell) for cell in row] for row in rows)]


@given(CELLS)
def test_no_cell_begins_a_formula(cell: str) -> None:
    ((_,), (found,)) = read("".join(lines(["a"], [[cell or "-"]])))
    assert found[0] not in "=+-@\t\r\n"


def test_rows_are_written_as_they_are_asked_for() -> None:
    rows = iter([["x"], ["y"]])
    written = lines(["a"], rows)
    assert (next(written), next(written), next(rows)) == ("a\r\n", "x\r\n", ["y"])
