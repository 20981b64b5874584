"""Flask's signed session, which holds form tokens and messages, only where there are forms."""

from flask import Flask, Request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface


class ConsoleSessions(SecureCookieSessionInterface):
    """No session outside the console: the API takes no cookie, and reading one costs time."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a console page."""
        return super().open_session(app, request) if request.path.startswith("/console") else NullSession()
