"""The audit log in the console."""

from app.audit.console.pages import blp

__all__ = ["blp"]
