"""The Flask application class: the edge inside, surroundings and one log line around every request."""

from typing import Any

import structlog
from flask import Flask, Response, request

from app.core import context, jsons, metrics
from app.core.clock import monotonic
from app.core.converters import IdConverter
from app.core.cookies import ConsoleSessions
from app.core.edge import Web
from app.core.proxies import believe_proxies
from app.core.settings import Settings

log = structlog.get_logger("holdfast.web")

QUIET = {"static", "operations.health", "operations.ready", "operations.scrape"}


class HoldfastApp(Web):
    """The application."""

    json_provider_class = jsons.OrjsonProvider
    session_interface = ConsoleSessions()

    def full_dispatch_request(self) -> Response:
        """Answer under a request id, and log how long it took."""
        started = monotonic()
        source = "api" if request.path.startswith("/api/") else "console"
        with context.surroundings(source=source, request_id=request.headers.get("X-Request-ID")) as request_id:
            response = super().full_dispatch_request()
            response.headers["X-Request-ID"] = request_id
            seconds = monotonic() - started
            metrics.count_request(self, request, response.status_code, seconds)
            _log(response, round(seconds * 1000, 2))
            return response


def make_app(settings: Settings) -> HoldfastApp:
    """An empty application with the project's folders and limits."""
    app = HoldfastApp("app", static_folder="../static", template_folder="../templates", static_url_path="/static")
    app.config.update(
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="holdfast_form",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookies_over_https_only,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.extensions["holdfast.settings"] = settings
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = IdConverter
    app.wsgi_app = believe_proxies(app.wsgi_app, settings.trusted_proxy_hops)  # type: ignore[method-assign]  # Flask's own way
    return app


def settings_of(app: Flask) -> Settings:
    """The settings that the application was made with."""
    settings: Settings = app.extensions["holdfast.settings"]
    return settings


def _log(response: Response, duration_ms: float) -> None:
    level = "error" if response.status_code >= 500 else "debug" if request.endpoint in QUIET else "info"
    who = context.principal()
    facts: dict[str, Any] = {"method": request.method, "path": request.path, "status": response.status_code}
    getattr(log, level)(
        "request", action=request.endpoint, duration_ms=duration_ms, user_id=who.user_id if who else None, **facts
    )
