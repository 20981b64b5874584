"""X-Forwarded-* are believed only from the configured number of proxies, and only when they hold an address."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from flask import Request
from werkzeug.middleware.proxy_fix import ProxyFix

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def believe_proxies(wsgi_app: Any, hops: int) -> Any:
    """The application behind this many trusted proxies; none means that their headers are ignored."""
    if hops == 0:
        return wsgi_app

    def checked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        peer = environ["werkzeug.proxy_fix.orig"]["REMOTE_ADDR"]
        if not _is_address(environ.get("REMOTE_ADDR")):
            environ["REMOTE_ADDR"] = peer
        answer: Iterable[bytes] = wsgi_app(environ, start_response)
        return answer

    return ProxyFix(checked, x_for=hops, x_proto=hops, x_host=hops)


def _is_address(text: str | None) -> bool:
    try:
        return getattr(ip_address(text or ""), "scope_id", None) is None  # a scope can hold any text
    except ValueError:
        return False


def peer_of(request: Request) -> str:
    """The other end of the connection, whatever proxies say."""
    told = request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR")
    return told or request.remote_addr or ""
