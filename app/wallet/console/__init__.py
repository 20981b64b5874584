"""The wallet in the console, on the page of its customer."""

from app.wallet.console import movements
from app.wallet.console.pages import blp

__all__ = ["blp", "movements"]
