"""CSRF tokens on every form of the console; the API takes no cookie and needs none."""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Check each change that a browser can be tricked into."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)

    @app.before_request
    def check() -> None:
        if request.endpoint and not request.path.startswith("/api/"):
            csrf.protect()
