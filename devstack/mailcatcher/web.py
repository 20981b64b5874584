"""The HTTP side: the list, a message, its source, and the list as JSON."""

import json
import socket
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

from devstack.mailcatcher.mailbox import Mailbox
from devstack.mailcatcher.message import content, summary
from devstack.pages import NO_PAGE, NOT_HERE, STYLE, LocalPages, LocalServer, templates

PAGES = templates(Path(__file__).parent)
# What a mail brings along runs in no origin at all and loads nothing from anywhere.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
PER_PAGE = 50


class MailServer(LocalServer):
    """Carries the mailbox to its requests."""

    def __init__(self, listener: socket.socket, mailbox: Mailbox) -> None:
        super().__init__(listener, MailPages)
        self.mailbox = mailbox


class MailPages(LocalPages):
    """One request."""

    server: MailServer

    @property
    def mailbox(self) -> Mailbox:
        """Where the mails are."""
        return self.server.mailbox

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answers a page, a part of a mail, or the list as JSON."""
        match self.parts:
            case _ if not self.is_own_host:
                self.answer(NOT_HERE, status=HTTPStatus.MISDIRECTED_REQUEST)
            case [""]:
                self._list()
            case ["style.css"]:
                self.answer(STYLE, kind="text/css")
            case ["api", "messages"]:
                self.answer(json.dumps(self._as_json()), kind="application/json")
            case ["messages", name, *part] if (raw := self.mailbox.read(name)) is not None:
                self._message(name, raw, part)
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Deletes all mails, asked by its own page or by a program."""
        if not self.is_own_page:
            self.answer("Only this page may delete.", status=HTTPStatus.FORBIDDEN)
        elif self.path != "/delete":
            self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)
        else:
            self.mailbox.empty()
            self.answer("", status=HTTPStatus.SEE_OTHER, Location="/")

    def _list(self) -> None:
        offset = self._number("offset", 0)
        rows = self.mailbox.summaries(limit=PER_PAGE, recipient=self.query.get("to", ""), offset=offset)
        older = offset + PER_PAGE if len(rows) == PER_PAGE else None
        page = PAGES.get_template("list.html")
        self.answer(page.render(rows=rows, total=len(self.mailbox.names()), to=self.query.get("to", ""), older=older))

    def _message(self, name: str, raw: bytes, part: list[str]) -> None:
        parts = content(raw)
        match part:
            case []:
                page = PAGES.get_template("message.html")
                self.answer(page.render(summary=summary(name, raw), content=parts))
            case ["html"]:
                self.answer(parts.html, policy=MAIL_POLICY)
            case ["source"]:
                self.answer(raw.decode("utf-8", "replace"), kind="text/plain", policy=MAIL_POLICY)
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

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
