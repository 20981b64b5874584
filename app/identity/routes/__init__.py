"""`/auth`: who you are, and how you prove it."""

from app.identity.routes import accounts, passwords
from app.identity.routes.sessions import blp

__all__ = ["accounts", "blp", "passwords"]
