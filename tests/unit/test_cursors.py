"""How far a customer was told, as an event id says it."""

import pytest

from app.notifications.rules import Cursor, cursor_of


def test_what_is_up_to_the_floor_or_named_was_told() -> None:
    cursor = Cursor(10).telling(13)
    assert [number for number in range(9, 15) if cursor.has(number)] == [9, 10, 13]


def test_a_floor_that_rises_takes_what_it_has_reached() -> None:
    cursor = Cursor(10).telling(13).telling(15)
    assert cursor.settled(13) == Cursor(13, frozenset({15}))
    assert cursor.settled(9) is cursor


@pytest.mark.parametrize("cursor", [Cursor(0), Cursor(10), Cursor(10, frozenset({12, 11}))])
def test_an_event_id_says_all_of_it(cursor: Cursor) -> None:
    assert cursor_of(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "1.", ".1", "-1", "1.x", "9" * 19, "1" + ".1" * 201, "1\n", "\u0661"])
def test_nothing_else_is_one(text: str) -> None:
    assert cursor_of(text) is None
