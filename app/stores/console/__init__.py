"""Stores in the console."""

from app.stores.console import finding
from app.stores.console.pages import blp

finding.hang_up()

__all__ = ["blp"]
