"""Users and their sessions in the console."""

from app.identity.console import links
from app.identity.console.login import blp

__all__ = ["blp", "links"]
