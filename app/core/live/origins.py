"""Where the console is and where live is, as browsers write it."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from app.core.live.errors import OriginRefused
from app.core.web import settings_of

PORT = re.compile(r":[0-9]+$")
HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]+")
STREAMS = "/console/live/stream/"


def live_address(live_url: str) -> str:
    """The origin of live; `:port` is on the host that was asked for. Empty: it is where this page is."""
    if not live_url.startswith(":"):
        return live_url
    return f"{request.scheme}://{PORT.sub('', request.host)}{live_url}" if HOST.fullmatch(request.host) else ""


def allow_the_console(app: Flask) -> None:
    """In the live process: pages of the console read their streams also from another port of their host."""

    @app.after_request
    def allow(response: Response) -> Response:
        if request.path.startswith(STREAMS):
            response.vary.add("Origin")
            origin = request.headers.get("Origin", "")
            if origin in _console():
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


def refuse_other_origins() -> None:
    """A page of another site gets no stream, whatever cookie its browser sends along."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise OriginRefused
    elif origin not in _console() and urlsplit(origin).netloc != request.host:
        raise OriginRefused


def _console() -> set[str]:
    """The console's own origins."""
    settings = settings_of(current_app)
    public = urlsplit(settings.base_url)
    beside = f"{request.scheme}://{PORT.sub('', request.host)}:{settings.port}" if settings.live_url[:1] == ":" else ""
    return {f"{public.scheme}://{public.netloc}", beside} - {""}
