"""Headers that keep a browser from doing what we never meant."""

from flask import Flask, Response, request

from app.core.live.origins import live_address

PAGES = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# Swagger UI and ReDoc write style attributes; they are read without a login and hold nothing of ours.
DOCUMENTS = f"{PAGES}; style-src 'self' 'unsafe-inline'; worker-src blob:"
NOTHING = "default-src 'none'; frame-ancestors 'none'"
# No page of ours asks a browser for any of these.
UNUSED = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Answers that hold tokens or what only one user may see are kept by no cache (RFC 6749, section 5.1).
NEVER_KEPT = ("/console", "/api/v1/auth/")
# No view sets these.
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", UNUSED),
)
HTTPS = (("Strict-Transport-Security", "max-age=31536000"),)


def init_app(app: Flask, *, https: bool, live_url: str = "") -> None:
    """Add them to every answer; pages may also read from where their event streams are."""
    always = ALWAYS + (HTTPS if https else ())

    @app.after_request
    def protect(response: Response) -> Response:
        path = request.path
        response.headers.extend(always)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Content-Security-Policy", _policy(path, live_url))
        if path.startswith(NEVER_KEPT):
            response.headers["Cache-Control"] = "no-store"
        if path.startswith("/console"):
            response.vary.add("HX-Request")
        return response


def _policy(path: str, live_url: str) -> str:
    if path in {"/docs", "/docs/", "/redoc", "/redoc/"}:
        return DOCUMENTS
    if path.startswith("/console") and (live := live_address(live_url)):
        return f"{PAGES}; connect-src 'self' {live}"
    return PAGES if path.startswith(("/console", "/docs", "/static")) or path == "/" else NOTHING
