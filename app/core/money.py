"""Amounts of money: exact, two decimals, one currency."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import format_currency

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999.99")


def parse_money(value: object) -> Decimal:
    """An amount from a JSON string or number with at most two decimals; ValueError says what to write."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError('write an amount such as "19.90"')  # noqa: TRY004 - every fault of the value is one kind
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError('write an amount such as "19.90"') from None
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise ValueError("write at most ten digits before the decimal point")
    if amount != amount.quantize(CENT):
        raise ValueError("write at most two decimals")
    return amount.quantize(CENT)


def times(price: Decimal, quantity: int) -> Decimal:
    """The price of several units."""
    return (price * quantity).quantize(CENT, rounding=ROUND_HALF_UP)


def show(amount: Decimal, currency: str, locale: str = "en") -> str:
    """An amount as a person reads it."""
    return format_currency(amount, currency, locale=locale)
