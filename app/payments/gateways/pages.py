"""Where customers go to pay, and where they come back to."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app.core.settings import Settings
from app.payments.service.providers import Checkout

LONGEST_NAME = 255


def return_url(settings: Settings, reference: str, otherwise: str = "") -> str:
    """The shop's page for customers who have paid, or not."""
    page = settings.payment_return_url or otherwise
    return f"{page}{'&' if '?' in page else '?'}reference={reference}" if page else ""


def checkout_of(name: Any, url: Any, expires_at: datetime) -> Checkout:
    """A page that a browser may be sent to; ValueError: it is none."""
    if urlsplit(url).scheme not in {"http", "https"} or expires_at.tzinfo is None:
        raise ValueError("this is no page of a provider")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise ValueError("this is no name of a checkout")
    return Checkout(name, url, expires_at)
