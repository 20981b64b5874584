"""The HTTP side: the list, a message, its source, and the list as JSON."""

import json
import socket
from dataclasses import asdict
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

from devstack.mailcatcher.mailbox import Mailbox
from devstack.mailcatcher.message import content, summary

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
STYLE = Path(__file__).with_name("style.css").read_text()
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# What a mail brings along runs in no origin at all and loads nothing from anywhere.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
PER_PAGE = 50


class MailServer(ThreadingHTTPServer):
    """Carries the mailbox to its requests."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, mailbox: Mailbox) -> None:
        super().__init__(listener.getsockname(), MailPages, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.mailbox = mailbox
        self.own_hosts = {f"{name}:{listener.getsockname()[1]}" for name in ("127.0.0.1", "localhost")}


class MailPages(BaseHTTPRequestHandler):
    """One request."""

    server: MailServer

    @property
    def mailbox(self) -> Mailbox:
        """Where the mails are."""
        return self.server.mailbox

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the URL, the last of each name."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def do_GET(self) -> None:
        """Answers a page, a part of a mail, or the list as JSON."""
        match urlsplit(self.path).path.strip("/").split("/"):
            case _ if self.headers.get("Host") not in self.server.own_hosts:
                # Another site's name that resolves to this machine must not read the mails.
                self._answer("Not this server.", status=HTTPStatus.MISDIRECTED_REQUEST)
            case [""]:
                self._list()
            case ["style.css"]:
                self._answer(STYLE, kind="text/css")
            case ["api", "messages"]:
                self._answer(json.dumps(self._as_json()), kind="application/json")
            case ["messages", name, *part] if (raw := self.mailbox.read(name)) is not None:
                self._message(name, raw, part)
            case _:
                self._answer("There is no such page.", status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Deletes all mails, asked by its own page or by a program."""
        origin = self.headers.get("Origin")
        if self.headers.get("Host") not in self.server.own_hosts or (
            origin is not None and urlsplit(origin).netloc not in self.server.own_hosts
        ):
            self._answer("Only this page may delete.", status=HTTPStatus.FORBIDDEN)
        elif self.path != "/delete":
            self._answer("There is no such page.", status=HTTPStatus.NOT_FOUND)
        else:
            self.mailbox.empty()
            self._answer("", status=HTTPStatus.SEE_OTHER, Location="/")

    def _list(self) -> None:
        offset = self._number("offset", 0)
        rows = self.mailbox.summaries(limit=PER_PAGE, recipient=self.query.get("to", ""), offset=offset)
        older = offset + PER_PAGE if len(rows) == PER_PAGE else None
        page = PAGES.get_template("list.html")
        self._answer(page.render(rows=rows, total=len(self.mailbox.names()), to=self.query.get("to", ""), older=older))

    def _message(self, name: str, raw: bytes, part: list[str]) -> None:
        parts = content(raw)
        match part:
            case []:
                page = PAGES.get_template("message.html")
                self._answer(page.render(summary=summary(name, raw), content=parts))
            case ["html"]:
                self._answer(parts.html, policy=MAIL_POLICY)
            case ["source"]:
                self._answer(raw.decode("utf-8", "replace"), kind="text/plain", policy=MAIL_POLICY)
            case _:
                self._answer("There is no such page.", status=HTTPStatus.NOT_FOUND)

    def _as_json(self) -> dict[str, Any]:
        found = self.mailbox.summaries(limit=self._number("limit", 100), recipient=self.query.get("to", ""))
        rows = [asdict(row) | self._bodies(row.id) for row in found]
        return {"total": len(self.mailbox.names()), "messages": rows}

    def _bodies(self, name: str) -> dict[str, str]:
        if self.query.get("bodies") != "1":
            return {}
        parts = content(self.mailbox.read(name) or b"")
        return {"text": parts.text, "html": parts.html}

    def _number(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else default

    def _answer(
        self,
        body: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        kind: str = "text/html",
        policy: str = PAGE_POLICY,
        **headers: str,
    ) -> None:
        payload = body.encode("utf-8", "replace")
        self.send_response(status)
        headers |= {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(payload)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Readers of mail leave no trace in the stack's log."""
