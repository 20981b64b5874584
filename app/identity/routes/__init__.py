"""`/auth`: who you are, and how you prove it; `/users`: everybody who can sign in."""

from app.identity.routes import accounts, passwords, sessions, users

__all__ = ["BLUEPRINTS", "accounts", "passwords"]

BLUEPRINTS = (sessions.blp, users.blp)
