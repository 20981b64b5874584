"""The HTTP side: the API of the generic protocol, the page on which a person pays, and a list of all payments."""

import hmac
import json
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from devstack.pages import NO_PAGE, NOT_HERE, STYLE, LocalPages, LocalServer, templates
from devstack.simulator import api
from devstack.simulator.api import Provider, Reply
from devstack.simulator.ledger import Refused

PAGES = templates(Path(__file__).parent)
LARGEST_BODY = 64 * 1024
# A browser holds a form to this policy through the redirect that answers it too, which leads to the shop.
PAY_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
SHOWN = 100
OUTCOMES = {"success": "Paid", "failed": "Declined", "refunded": "Paid back"}


class ProviderServer(LocalServer):
    """Carries the provider to its requests."""

    def __init__(self, listener: socket.socket, provider: Provider, key: str) -> None:
        super().__init__(listener, ProviderPages)
        self.provider, self.key = provider, key
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"


class ProviderPages(LocalPages):
    """One request."""

    server: ProviderServer
    body = b""

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
                self._command(lambda: (HTTPStatus.OK, asdict(self.provider.behaviour)))
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Acts, asked by its own page or by the shop."""
        length = self.headers.get("Content-Length", "")
        # All of it is read before anything is answered, or the other side sees a broken line.
        self.body = self.rfile.read(min(int(length), LARGEST_BODY) if length.isdigit() else 0)
        match self.parts:
            case _ if not self.is_own_page:
                self.answer("Only this page may pay.", status=HTTPStatus.FORBIDDEN)
            case ["pay", checkout_id] if checkout_id in self.provider.ledger.checkouts:
                self._pay(checkout_id)
            case ["checkouts" | "refunds" as name]:
                self._call(partial(self._keyed, name))
            case ["payments", reference]:
                self._command(lambda: api.pay(self.provider, reference, api.object_of(self.body)))
            case ["behaviour"]:
                self._command(lambda: api.behave(self.provider, api.object_of(self.body)))
            case _:
                self.answer(NO_PAGE, status=HTTPStatus.NOT_FOUND)

    def _keyed(self, name: str) -> Reply:
        key = self.headers.get("Idempotency-Key", "")
        if not key:
            raise Refused("The header Idempotency-Key is missing.")
        return api.CALLS[name](self.provider, key, api.object_of(self.body), self.server.address)

    def _call(self, act: Callable[[], Reply]) -> None:
        """A call of the API, answered as the behaviour of this moment wants it."""
        behaviour = self.provider.behaviour
        known = self._is_known()
        reply = self._reply(act) if known and behaviour.acts else None
        time.sleep(behaviour.hang)
        match behaviour.answers:
            case _ if not known:
                self._json(HTTPStatus.UNAUTHORIZED, {"detail": "This key opens nothing."})
            case "error":
                self._json(HTTPStatus.INTERNAL_SERVER_ERROR, {"detail": "Something is broken."})
            case "drop":
                self.close_connection = True
            case "nonsense":
                self.answer("<h1>It works!</h1>")
            case _:
                self._json(*(reply or self._reply(act)))

    def _command(self, act: Callable[[], Reply]) -> None:
        """What is not of the protocol is always answered well."""
        if self._is_known():
            self._json(*self._reply(act))
        else:
            self._json(HTTPStatus.UNAUTHORIZED, {"detail": "This key opens nothing."})

    def _is_known(self) -> bool:
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {self.server.key}".encode())

    def _reply(self, act: Callable[[], Reply]) -> Reply:
        try:
            return act()
        except (Refused, ValueError, TypeError, ArithmeticError) as error:
            return HTTPStatus.BAD_REQUEST, {"detail": str(error)}

    def _json(self, status: HTTPStatus, body: Any) -> None:
        self.answer(json.dumps(body), status=status, kind="application/json")

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
