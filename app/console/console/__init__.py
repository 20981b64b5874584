"""What belongs to the console as a whole."""

from app.console.console import search, views
from app.console.console.home import blp

__all__ = ["blp", "search", "views"]
