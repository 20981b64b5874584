"""Amounts of money: exact, two decimals, one currency."""

import re
from decimal import Decimal

from babel.numbers import format_currency

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999.99")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def parse_money(value: object) -> Decimal:
    """An amount from a JSON string or number with at most two decimals; ValueError says what to write."""
    amount = _exact(value)
    if abs(amount) > LARGEST:
        raise ValueError("write at most ten digits before the decimal point")
    if int(amount.as_tuple().exponent) < -2:
        raise ValueError("write at most two decimals")
    return amount.quantize(CENT) + 0  # there is no minus zero


def _exact(value: object) -> Decimal:
    if isinstance(value, str) and PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and Decimal(number).is_finite():
        return Decimal(number)
    raise ValueError('write an amount such as "19.90"')


def whole(amount: Decimal) -> Decimal:
    """A sum with its two decimals, also when nothing was summed up."""
    return Decimal(amount).quantize(CENT)


def show(amount: Decimal, currency: str, locale: str = "en") -> str:
    """An amount as a person reads it."""
    return format_currency(amount, currency, locale=locale)
