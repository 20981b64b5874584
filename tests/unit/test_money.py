"""Amounts are exact: two decimals in, two decimals out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import LARGEST, parse_money, show

WRONG: dict[str, list[object]] = {
    "such as": [
        *(True, False, None, [], {}, b"5", "", " ", "abc", "1e2", "1_000", "\u0665", "+-5", "19,90", "1 000", "0x10"),
        *("NaN", "sNaN", "Infinity", "5.", ".5", "5\n5", float("nan"), float("inf"), Decimal("NaN")),
    ],
    "ten digits": [10**10, 1e22, "10000000000", "9" * 5000],
    "two decimals": ["0.001", "19.900", 0.001, 19.905, 1e-9, "1." + "0" * 5000],
}
AMOUNTS = st.decimals(-LARGEST, LARGEST, places=2)


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("19.90", "19.90"),
        ("19.9", "19.90"),
        (" 19.90 ", "19.90"),
        ("-5", "-5.00"),
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("9999999999.99", "9999999999.99"),
        (19.9, "19.90"),
        (5, "5.00"),
        (1e2, "100.00"),
        (-0.0, "0.00"),
        (Decimal("7.10"), "7.10"),
    ],
    ids=repr,
)
def test_a_string_or_a_number_with_at_most_two_decimals_is_an_amount(given: object, amount: str) -> None:
    assert str(parse_money(given)) == amount


@pytest.mark.parametrize(
    ("given", "advice"),
    [(value, advice) for advice, values in WRONG.items() for value in values],
    ids=lambda value: repr(value)[:20],
)
def test_anything_else_is_refused_with_what_to_write(given: object, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_money(given)


@given(AMOUNTS)
def test_an_amount_survives_its_own_text_and_its_json_number(amount: Decimal) -> None:
    assert parse_money(str(amount)) == parse_money(float(amount)) == amount
    assert str(parse_money(amount)).partition(".")[2].isdigit()


def test_an_amount_is_shown_with_its_currency() -> None:
    assert show(Decimal("1234.50"), "EUR") == "€1,234.50"
