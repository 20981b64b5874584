"""The addresses at the root: what the service is, whether it lives, and its figures."""

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import clock, jsons, metrics
from app.core.access import public
from app.core.edge import unit
from app.core.errors import NotAuthenticated
from app.core.openapi import VERSION
from app.core.streams import on_live
from app.core.web import settings_of

blp = Blueprint("operations", __name__)
ENDPOINTS = {
    "api": "/api/v1",
    "openapi": "/api/openapi.json",
    "docs": "/docs",
    "redoc": "/redoc",
    "health": "/health",
    "ready": "/ready",
    "metrics": "/metrics",
    "console": "/console/",
}


@blp.get("/")
@unit("none")
@public
def root() -> AnyResponse:
    """What this is; a browser is sent to the console."""
    if request.accept_mimetypes.best == "text/html":
        return redirect(url_for("console.home"), 303)
    return _json({"message": "Holdfast: flash sales that never oversell.", "version": VERSION, "endpoints": ENDPOINTS})


@blp.get("/health")
@unit("none")
@on_live
@public
def health() -> Response:
    """Whether this process answers."""
    uptime = round(clock.monotonic() - current_app.extensions["holdfast.started"], 1)
    return _json({"status": "ok", "timestamp": clock.utcnow(), "uptime_seconds": uptime})


@blp.get("/ready")
@unit("none")
@on_live
@public
def ready() -> Response:
    """Whether it can serve: without PostgreSQL it cannot, without Redis it can, only slower."""
    probes = current_app.extensions["holdfast.probes"]
    down = [name for name, probe in probes.items() if not probe.answers()]
    status = "unavailable" if "postgresql" in down else "degraded" if down else "ready"
    response = _json({"status": status, "down": down, "timestamp": clock.utcnow()})
    if status == "unavailable":
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return response


@blp.get("/metrics")
@unit("statement", limited=False)
@on_live
@public
def scrape() -> Response:
    """Prometheus metrics of this host's processes, and the state; `?part=figures` or `?part=state` for one of them."""
    if not metrics.may_be_told(settings_of(current_app).metrics_token, request.headers.get("Authorization", "")):
        raise NotAuthenticated(headers={"WWW-Authenticate": "Bearer"})
    body, content_type = metrics.exposition(current_app, request.args.getlist("part") or metrics.PARTS)
    return Response(body, content_type=content_type)


def _json(value: object) -> Response:
    return Response(jsons.dump(value), mimetype="application/json")
