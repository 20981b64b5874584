"""A call to another party over HTTP, bounded as a whole in time and in size: one try, no proxy, no redirect.

The call runs in a thread of its own, so that neither a name that nobody resolves nor an answer of one byte a second
keeps the caller. A caller who gives up cuts the line: what was not sent by then is never sent.
"""

import socket
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from urllib.parse import SplitResult, urlsplit

LARGEST_ANSWER = 64 * 1024


class NoAnswer(Exception):
    """Nothing came in time that could be read; what the other side did is unknown."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever it is."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Call:
    """What is asked for."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


def ask(call: Call, *, seconds: float) -> Answer:
    """The answer within so many seconds; NoAnswer says why there is none."""
    line = _Line(call, seconds)
    line.start()
    line.join(seconds)
    answer, fault = line.answer, line.fault
    line.cut()
    if answer is None:
        raise NoAnswer(fault)
    return answer


class _Line(Thread):
    """One connection, used once."""

    def __init__(self, call: Call, seconds: float) -> None:
        super().__init__(daemon=True)
        self.answer: Answer | None = None
        self.fault = f"no answer within {seconds:g} s"
        self._call, self._seconds, self._is_cut = call, seconds, False
        self._socket: socket.socket | None = None

    def run(self) -> None:
        """Asks, and keeps what came of it."""
        try:
            self.answer = self._ask()
        except TimeoutError:
            # The socket's own bound is the same: whichever comes first, the reason is one.
            pass
        except (OSError, HTTPException, ValueError) as error:
            self.fault = f"{type(error).__name__}: {error}"

    def cut(self) -> None:
        """Nothing is sent and nothing is read from now on."""
        # In this order: who has connected shows its socket first and looks at the mark afterwards.
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of an SSLSocket, which would leave the line open without encryption for a moment.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _ask(self) -> Answer | None:
        parts, call = urlsplit(self._call.url), self._call
        with closing(_connection(parts, self._seconds)) as connection:
            connection.connect()
            self._socket = connection.sock
            if self._is_cut:
                return None
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request(call.method, path, call.body, dict(call.headers))
            with connection.getresponse() as answer:
                body = answer.read(LARGEST_ANSWER + 1)
        if len(body) > LARGEST_ANSWER:
            raise ValueError(f"an answer of more than {LARGEST_ANSWER} bytes")
        return Answer(answer.status, body)


def _connection(parts: SplitResult, seconds: float) -> HTTPConnection:
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    if not parts.hostname:
        raise ValueError("the address names no host")
    return kind(parts.hostname, parts.port, timeout=seconds)
