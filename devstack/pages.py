"""What the small HTTP servers of the stack share: a given socket, own hosts only, pages without script."""

import os
import socket
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

STYLE = Path(__file__).with_name("style.css").read_text()
POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
NOT_HERE = "Not this server."
NO_PAGE = "There is no such page."


def templates(folder: Path) -> Environment:
    """The pages in a folder; whatever is filled in is inert."""
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)


class LocalServer(ThreadingHTTPServer):
    """Serves a socket that was bound before it started; KNOWN_AS is what other machines call this one."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, pages: type["LocalPages"]) -> None:
        super().__init__(listener.getsockname(), pages, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        names = {"127.0.0.1", "localhost", os.environ.get("KNOWN_AS", "localhost")}
        self.own_hosts = {f"{name}:{listener.getsockname()[1]}" for name in names}


class LocalPages(BaseHTTPRequestHandler):
    """One request."""

    server: LocalServer

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the URL, the last of each name."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def parts(self) -> list[str]:
        """The path, cut at its slashes."""
        return urlsplit(self.path).path.strip("/").split("/")

    @property
    def is_own_host(self) -> bool:
        """Whether it is asked by its own name: another site's name may resolve to this machine too."""
        return self.headers.get("Host") in self.server.own_hosts

    @property
    def is_own_page(self) -> bool:
        """Whether a change is asked for by its own page or by a program."""
        origin = self.headers.get("Origin")
        return self.is_own_host and (origin is None or urlsplit(origin).netloc in self.server.own_hosts)

    def answer(
        self,
        body: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        kind: str = "text/html",
        policy: str = POLICY,
        **headers: str,
    ) -> None:
        """Sends an answer that nobody keeps."""
        payload = body.encode("utf-8", "replace")
        self.send_response(status)
        headers |= {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(payload)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            # Under no-referrer a browser calls the origin of its own forms "null".
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Requests leave no trace in the stack's log."""
