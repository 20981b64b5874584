"""CSRF tokens on every form of the console; the API takes no cookie and needs none."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

csrf = CSRFProtect()


def by_origin(view: Any) -> Any:
    """Mark a view of somebody else's pages, which cannot send our token: coming from our own origin does instead."""
    view.by_origin = True
    return view


def init_app(app: Flask) -> None:
    """Check each change that a browser can be tricked into."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)

    @app.before_request
    def check() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.path.startswith("/api/") or request.method not in app.config["WTF_CSRF_METHODS"]:
            return
        if _from_elsewhere():
            raise CSRFError("The CSRF check failed: a page of another site asked for this.")
        if not (hasattr(view, "by_origin") and _from_here()):
            csrf.protect()


def _from_elsewhere() -> bool:
    """Whether the browser says that a page of another origin asks; also one that knows a token does so in vain."""
    site = request.headers.get("Sec-Fetch-Site")
    return _foreign_origin() if site is None else site not in {"same-origin", "none"}


def _from_here() -> bool:
    """Whether the browser says that a page of this origin asks; a page cannot make these headers up."""
    if _foreign_origin():
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return site == "same-origin" if site is not None else origin is not None


def _foreign_origin() -> bool:
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
