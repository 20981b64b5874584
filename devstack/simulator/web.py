"""The HTTP side: the API of the generic protocol, the page on which a person pays, and a list of all payments."""

import socket
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, quote

from devstack.calls import Refused, Reply
from devstack.keyed import UNKNOWN_KEY, KeyedPages, KeyedServer
from devstack.pages import NO_PAGE, NOT_HERE, STYLE, templates
from devstack.simulator import api
from devstack.simulator.api import Provider

PAGES = templates(Path(__file__).parent)
# A browser holds a form to this policy through the redirect that answers it too, which leads to the shop.
PAY_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
SHOWN = 100
OUTCOMES = {"success": "Paid", "failed": "Declined", "refunded": "Paid back"}


class ProviderServer(KeyedServer):
    """Carries the provider to its requests."""

    def __init__(self, listener: socket.socket, provider: Provider, key: str) -> None:
        super().__init__(listener, ProviderPages, key)
        self.provider = provider
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"


class ProviderPages(KeyedPages):
    """One request."""

    server: ProviderServer

    @property
    def provider(self) -> Provider:
        """Who acts."""
        return self.server.provider

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answers a page, or a payment as JSON."""
        match self.parts:
            case _ if not self.is_own_host:
                self.answer(NOT_HERE, status=HTTPStatus.MISDIRECTED_REQUEST)
            case [""]:
                self._list()
            case ["style.css"]:
                self.answer(STYLE, kind="text/css")
            case ["pay", checkout_id] if checkout_id in self.provider.ledger.checkouts:
                self._page(checkout_id)
            case ["payments", reference]:
                self._call(partial(api.payment, self.provider, reference))
            case ["behaviour"]:
                self.control(self.provider.shown_behaviour)
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Acts, asked by its own page or by the shop."""
        self.read_body()
        match self.parts:
            case _ if not self.is_own_page:
                self.answer("Only this page may pay.", status=HTTPStatus.FORBIDDEN)
            case ["pay", checkout_id] if checkout_id in self.provider.ledger.checkouts:
                self._pay(checkout_id)
            case ["checkouts" | "refunds" as name]:
                self._call(partial(self._keyed, name))
            case ["payments", reference]:
                self.control(lambda: api.pay(self.provider, reference, self.wishes()))
            case ["behaviour"]:
                self.control(lambda: self.provider.behave(self.wishes()))
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def _keyed(self, name: str) -> Reply:
        key = self.headers.get("Idempotency-Key", "")
        if not key:
            raise Refused("The header Idempotency-Key is missing.")
        return api.CALLS[name](self.provider, key, self.wishes(), self.server.address)

    def _call(self, act: Callable[[], Reply]) -> None:
        """A call of the API, answered as the behaviour of this moment wants it."""
        behaviour, known = self.provider.behaviour, self.is_known
        reply = self.reply(act) if known and behaviour.acts else None
        time.sleep(behaviour.hang)
        if not known:
            self.json(*UNKNOWN_KEY)
        elif behaviour.answers == "well":
            self.json(*(reply or self.reply(act)))
        else:
            self.answer_badly(behaviour.answers)

    def _list(self) -> None:
        ledger = self.provider.ledger
        latest = list(reversed(list(ledger.checkouts.values())))[:SHOWN]
        rows = [checkout | {"events": ledger.told(checkout["reference"])} for checkout in latest]
        self.answer(PAGES.get_template("list.html").render(rows=rows, outcomes=OUTCOMES))

    def _page(self, checkout_id: str, fault: str = "") -> None:
        checkout = self.provider.ledger.checkouts[checkout_id]
        told = self.provider.ledger.told(checkout["reference"])
        page = PAGES.get_template("checkout.html").render(checkout=checkout, told=told, outcomes=OUTCOMES, fault=fault)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
        self.answer(page, status=status, policy=PAY_POLICY)

    def _pay(self, checkout_id: str) -> None:
        form = {name: values[-1] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}
        try:
            if form.get("choice") == "decline":
                self.provider.decline(checkout_id)
            else:
                self.provider.pay(checkout_id, form.get("amount") if form.get("choice") == "wrong" else None)
        except Refused as refusal:
            self._page(checkout_id, str(refusal))
            return
        back = self.provider.ledger.checkouts[checkout_id]["return_url"]
        self.answer("", status=HTTPStatus.SEE_OTHER, Location=quote(back, safe=":/?#&=%+@,;~") or f"/pay/{checkout_id}")
