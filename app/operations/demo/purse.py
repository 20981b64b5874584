"""Offers of the demo, and money in the accounts of those who can sign in."""

from collections.abc import Sequence
from decimal import Decimal

from flask import current_app

from app.core.web import settings_of
from app.offers.service import offers
from app.wallet.service import accounts

OFFERS = (
    ("Free delivery", "Every parcel without a fee.", "4.90", 30),
    ("Early access", "See flash promos before all others.", "9.90", 30),
    ("House club", "Both, and a cup of tea in every store.", "99.00", 365),
)
MONEY = Decimal("100.00")


def fill(customer_ids: Sequence[int]) -> None:
    """Make the offers, and let each of these customers have enough for most of them."""
    for name, description, price, days in OFFERS:
        offers.create_offer(name=name, description=description, price=Decimal(price), duration_days=days)
    for customer_id in customer_ids:
        accounts.deposit(user_id=customer_id, amount=MONEY, note="demo", settings=settings_of(current_app))
