"""Health in the console."""

from app.operations.console.pages import blp

__all__ = ["blp"]
