"""Somebody who listens and answers with any bytes at all, at any pace."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile

Answer = Callable[[socket.socket], None]


class Misbehaving:
    """Each connection is given to the answer; what it was asked is kept."""

    def __init__(self, answer: Answer) -> None:
        self.heard: list[bytes] = []
        self.gone = threading.Event()
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Nobody listens any more."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=[line], daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        with line:
            try:
                self.heard.append(_request(line))
                self._answer(line)
            except OSError:
                self.gone.set()


def _request(line: socket.socket) -> bytes:
    """All of it: who closes before may lose its own answer."""
    with line.makefile("rb") as said:
        head = b"".join(takewhile(lambda each: each not in {b"\r\n", b""}, iter(said.readline, None)))
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return head + said.read(int(length[1]) if length else 0)


@contextmanager
def misbehaving(answer: Answer) -> Iterator[Misbehaving]:
    """Somebody who answers so, until the block ends."""
    made = Misbehaving(answer)
    try:
        yield made
    finally:
        made.close()


def says(text: str | bytes) -> Answer:
    """All of it at once."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return lambda line: line.sendall(raw)


def trickles(start: bytes, drop: bytes, pause: threading.Event) -> Answer:
    """The start at once, and then drop after drop for ever."""

    def answer(line: socket.socket) -> None:
        line.sendall(start)
        while not pause.wait(0.05):
            line.sendall(drop)

    return answer


def told(status: str, body: str) -> str:
    """An answer in order."""
    raw = body.encode("utf-8", "surrogatepass")
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n{body}"
