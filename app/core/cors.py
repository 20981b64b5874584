"""CORS for browsers of other shops: by configured origin, for the API only, never with credentials."""

from flask import Flask, Response, request

METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE"
ACCEPTED = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-ID"
EXPOSED = "ETag, Link, Location, Retry-After, X-Request-ID, Idempotent-Replayed, X-Data-As-Of"


def init_app(app: Flask, origins: tuple[str, ...]) -> None:
    """Add the headers to answers of the API."""
    if not origins:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        if request.path.startswith("/api/"):
            response.vary.add("Origin")
            origin = request.headers.get("Origin")
            if origin and ("*" in origins or origin in origins):
                _allow(response, "*" if "*" in origins else origin)
        return response


def _allow(response: Response, origin: str) -> None:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = ACCEPTED
        response.headers["Access-Control-Max-Age"] = "600"
