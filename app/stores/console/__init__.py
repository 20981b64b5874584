"""Stores in the console."""

from app.stores.console.pages import blp

__all__ = ["blp"]
