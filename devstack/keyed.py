"""The HTTP side of a simulated service: calls under its key, answered in JSON, well or badly."""

import hmac
import json
import socket
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from devstack.calls import Facts, Refused, Reply, object_of
from devstack.errors import StackError
from devstack.pages import LocalPages, LocalServer
from devstack.switches import Switches

LARGEST_BODY = 64 * 1024
UNKNOWN_KEY = HTTPStatus.UNAUTHORIZED, {"detail": "This key opens nothing."}


Kind = TypeVar("Kind", bound=Switches)


class Behaving(Generic[Kind]):
    """A service whose behaviour can be changed while it runs."""

    def __init__(self, behaviour: Kind) -> None:
        self.behaviour = behaviour

    def behave(self, wishes: Facts) -> Reply:
        """From now on like this; what is not named stays."""
        self.behaviour = self.behaviour.changed(wishes)
        return self.shown_behaviour()

    def shown_behaviour(self) -> Reply:
        """How it behaves."""
        return HTTPStatus.OK, asdict(self.behaviour)


class KeyedServer(LocalServer):
    """Knows the one key that opens it."""

    def __init__(self, listener: socket.socket, pages: type["KeyedPages"], key: str) -> None:
        super().__init__(listener, pages)
        if not key:
            raise StackError("an empty key would open this service to everybody")
        self.key = key


class KeyedPages(LocalPages):
    """One request."""

    server: KeyedServer
    body = b""

    @property
    def is_known(self) -> bool:
        """Whether it is asked under the key."""
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {self.server.key}".encode())

    def read_body(self) -> None:
        """All of it is read before anything is answered, or the other side sees a broken line."""
        length = self.headers.get("Content-Length", "")
        self.body = self.rfile.read(min(int(length), LARGEST_BODY) if length.isdigit() else 0)

    def wishes(self) -> Facts:
        """The JSON object that was sent."""
        return object_of(self.body)

    def control(self, act: Callable[[], Reply]) -> None:
        """What is not of the protocol is always answered well."""
        self.json(*(self.reply(act) if self.is_known else UNKNOWN_KEY))

    def reply(self, act: Callable[[], Reply]) -> Reply:
        """What the act answers, or why it cannot be."""
        try:
            return act()
        except Refused as refusal:
            return refusal.status, {"detail": str(refusal)}
        except (ValueError, TypeError, ArithmeticError) as error:
            return HTTPStatus.BAD_REQUEST, {"detail": str(error)}

    def json(self, status: HTTPStatus, body: Any) -> None:
        """Sends an answer."""
        self.answer(json.dumps(body), status=status, kind="application/json")

    def answer_badly(self, how: str) -> None:
        """An error, nonsense, a line that is dropped, or one that is held until the other side gives up."""
        match how:
            case "error":
                self.json(HTTPStatus.INTERNAL_SERVER_ERROR, {"detail": "Something is broken."})
            case "nonsense":
                self.answer("<h1>It works!</h1>")
            case "hang":
                self.rfile.read()
        self.close_connection = True
