"""A port on which a process that serves no requests answers scrapes, where no web or live process shares its folder.

It reads files and writes no log, and holds no lock or connection of others: a worker may fork at any moment of it.
"""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from urllib.parse import urlsplit

from flask import Flask

from app.core import metrics
from app.core.web import settings_of


def tell(app: Flask) -> None:
    """Answer scrapes at FIGURES_BIND, when it is set, until the process ends."""
    place = settings_of(app).figures_bind
    if place is not None:
        Thread(target=Teller(place, app).serve_forever, name="figures", daemon=True).start()


class Teller(ThreadingHTTPServer):
    """Knows the application whose figures it tells."""

    def __init__(self, place: tuple[str, int], app: Flask) -> None:
        """Listen from now on."""
        super().__init__(place, Scrape)
        self.app = app

    def server_bind(self) -> None:
        """Without asking for this host's name, which can take long and is not needed."""
        TCPServer.server_bind(self)


class Scrape(BaseHTTPRequestHandler):
    """One request."""

    server: Teller
    timeout = 10

    def do_GET(self) -> None:
        """The figures, to who may have them."""
        token = settings_of(self.server.app).metrics_token
        if urlsplit(self.path).path.rstrip("/") != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND)
        elif not metrics.may_be_told(token, self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.UNAUTHORIZED)
        else:
            self._answer(HTTPStatus.OK, *metrics.exposition(self.server.app, ["figures"]))

    def log_message(self, *_: object) -> None:
        """A scrape is no news."""

    def _answer(self, status: HTTPStatus, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
