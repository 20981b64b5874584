"""The HTTP side: activations and look-ups, how often each was applied, and a list of all of them."""

import socket
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path

from devstack.calls import Facts, Reply
from devstack.keyed import UNKNOWN_KEY, KeyedPages, KeyedServer
from devstack.pages import NO_PAGE, NOT_HERE, STYLE, templates
from devstack.partner.service import Partner, mistaken

PAGES = templates(Path(__file__).parent)
SHOWN = 100
OUTCOMES = {"succeeded": "Activated", "refused": "Refused", "pending": "Pending"}


class PartnerServer(KeyedServer):
    """Carries the partner to its requests."""

    def __init__(self, listener: socket.socket, partner: Partner, key: str) -> None:
        super().__init__(listener, PartnerPages, key)
        self.partner = partner


class PartnerPages(KeyedPages):
    """One request."""

    server: PartnerServer

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answers the page, or a transaction as JSON."""
        partner = self.server.partner
        match self.parts:
            case _ if not self.is_own_host:
                self.answer(NOT_HERE, status=HTTPStatus.MISDIRECTED_REQUEST)
            case [""]:
                self._list()
            case ["style.css"]:
                self.answer(STYLE, kind="text/css")
            case ["activations", name]:
                self._call(partner.behaviour.lookups, lambda: partner.look_up(name), acts=False)
            case ["effects"]:
                self.control(partner.effects)
            case ["behaviour"]:
                self.control(partner.shown_behaviour)
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Acts, asked by the shop."""
        self.read_body()
        partner = self.server.partner
        match self.parts:
            case _ if not self.is_own_page:
                self.answer(NOT_HERE, status=HTTPStatus.FORBIDDEN)
            case ["activations"]:
                key = self.headers.get("Idempotency-Key", "")
                activate = partial(self._activate, key)
                self._call(partner.behaviour.answers, activate, acts=partner.behaviour.acts)
            case ["behaviour"]:
                self.control(lambda: partner.behave(self.wishes()))
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def _activate(self, key: str) -> Reply:
        return self.server.partner.activate(key, self.wishes())

    def _call(self, wish: str, act: Callable[[], Reply], *, acts: bool) -> None:
        """A call of the protocol, answered well or as the behaviour of this moment wants it."""
        if not self.is_known:
            self.json(*UNKNOWN_KEY)
            return
        match self.server.partner.behaviour.how(wish):
            case "well":
                self.json(*self.reply(act))
            case "mistaken":
                self.json(*mistaken(self.reply(act)))
            case how:
                if acts:
                    self.reply(act)
                self.answer_badly(how)

    def _list(self) -> None:
        ledger = self.server.partner.ledger
        rows = [self._row(name) for name in list(reversed(list(ledger.activations)))[:SHOWN]]
        self.answer(PAGES.get_template("list.html").render(rows=rows, total=len(ledger.activations)))

    def _row(self, name: str) -> Facts:
        ledger = self.server.partner.ledger
        outcome = OUTCOMES[str(ledger.status(name))]
        counts = {"calls": ledger.asked[name], "effects": ledger.effects[name]}
        wish: Facts = ledger.activations[name]["wish"]
        return wish | counts | {"outcome": outcome}
