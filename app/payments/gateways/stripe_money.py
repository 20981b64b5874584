"""Stripe counts in the smallest unit of a currency, and for some currencies in a unit of its own choice."""

from decimal import Decimal

# As Stripe lists them: UGX and ISK have no decimals either, and are counted in hundredths all the same.
NO_DECIMALS = {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}


def to_minor(amount: Decimal, currency: str) -> int:
    """What Stripe calls this amount."""
    return int(amount.scaleb(_decimals(currency)))


def to_major(amount: int, currency: str) -> Decimal:
    """What we call what Stripe calls so."""
    return Decimal(amount).scaleb(-_decimals(currency))


def _decimals(currency: str) -> int:
    name = currency.upper()
    return 0 if name in NO_DECIMALS else 3 if name in THREE_DECIMALS else 2
