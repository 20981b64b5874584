"""The answer of those who are not let in, made from what a request's first bytes say, without parsing it."""

import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus

from app.core import jsons
from app.core.cors import EXPOSED
from app.core.errors import Overloaded
from app.core.headers import ALWAYS, NOTHING

# Who watches over the service, and who runs the sale, gets in.
LET_IN = (b"/health", b"/ready", b"/metrics", b"/console", b"/static/")
LONGEST_PAUSE = 3
BODY_ENDS = b"\r\n\r\n"
HEAD = "".join(
    f"{name}: {value}\r\n"
    for name, value in (
        *ALWAYS,
        ("Referrer-Policy", "same-origin"),
        ("Content-Security-Policy", NOTHING),
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "no-store"),
    )
)


@dataclass(frozen=True)
class Seen:
    """What is known of a request from the bytes that have arrived."""

    method: str
    path: bytes
    head: bytes
    whole: bool

    @property
    def has_to_be_let_in(self) -> bool:
        """Whether it is not refused, however long the line is."""
        return self.path.startswith(LET_IN)

    def header(self, name: bytes) -> str:
        """The value of a header, named in small letters."""
        at = self.head.lower().find(b"\r\n" + name + b":")
        if at < 0:
            return ""
        return self.head[at + len(name) + 3 :].partition(b"\r\n")[0].strip().decode("latin-1")


def seen(received: bytes) -> Seen:
    """What these bytes tell; whole is a request that ends where they end, on a connection that stays open."""
    head, ends, body = received.partition(BODY_ENDS)
    method, path, version = _first_line(head)
    found = Seen(method, path, head, whole=False)
    if not ends or version != b"HTTP/1.1" or found.header(b"transfer-encoding"):
        return found
    length, connection = found.header(b"content-length") or "0", found.header(b"connection").lower()
    return replace(found, whole=length == str(len(body)) and connection in {"", "keep-alive"})


def _first_line(head: bytes) -> tuple[str, bytes, bytes]:
    parts = head.partition(b"\r\n")[0].split(b" ")
    return (parts[0].decode("latin-1"), parts[1], parts[2]) if len(parts) == 3 else ("", b"", b"")


def refusal(request: Seen, origins: tuple[str, ...], *, stays: bool) -> bytes:
    """The bytes that refuse it; those that are refused do not all come back in the same second."""
    request_id, refused = secrets.token_hex(16), Overloaded()
    body = jsons.dump(
        {
            "type": f"/docs/problems/{refused.code}",
            "title": refused.title(),
            "status": refused.status,
            "detail": refused.text(),
            "instance": request.path.partition(b"?")[0].decode("latin-1"),
            "code": refused.code,
            "request_id": request_id,
        }
    )
    lines = (
        f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}\r\n{HEAD}",
        _for_origin(request, origins),
        f"Retry-After: {1 + secrets.randbelow(LONGEST_PAUSE)}\r\nX-Request-ID: {request_id}\r\n",
        "" if stays else "Connection: close\r\n",
        f"Content-Length: {len(body)}\r\n\r\n",
    )
    return "".join(lines).encode("latin-1") + body


def _for_origin(request: Seen, origins: tuple[str, ...]) -> str:
    """A browser of another shop may read the answer, too."""
    origin = request.header(b"origin") if origins else ""
    if not origin or not ("*" in origins or origin in origins):
        return ""
    allowed = "*" if "*" in origins else origin
    return f"Access-Control-Allow-Origin: {allowed}\r\nAccess-Control-Expose-Headers: {EXPOSED}\r\nVary: Origin\r\n"
