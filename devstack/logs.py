"""The output of all children in one stream, each line with the name of who wrote it."""

import os
import selectors
import sys
from dataclasses import dataclass
from typing import IO

COLOURS = {"web": 36, "worker": 33, "heavy": 31, "scheduler": 35, "mail": 34, "stack": 32}
WIDTH = 9


@dataclass
class _Source:
    name: str
    rest: bytes = b""


class Logs:
    """Reads the pipes of children without threads, so that forking stays safe."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str, name: str = "stack") -> None:
        """Writes lines of a name."""
        for line in text.splitlines():
            print(self._prefix(name) + line, flush=True)

    def follow(self, name: str, pipe: IO[bytes]) -> None:
        """From now on the lines of the pipe are shown."""
        self._selector.register(pipe, selectors.EVENT_READ, _Source(name))

    def pump(self, seconds: float) -> None:
        """Shows what comes in; returns after something came or the time is over."""
        for key, _ in self._selector.select(seconds):
            chunk = os.read(key.fd, 65536)
            source: _Source = key.data
            *lines, source.rest = (source.rest + chunk).split(b"\n") if chunk else [source.rest, b""]
            for line in lines:
                if line or chunk:
                    self.say(line.decode("utf-8", "replace") or " ", source.name)
            if not chunk:
                self._selector.unregister(key.fileobj)
                os.close(key.fd)

    def drain(self) -> None:
        """Shows what is left of children that have ended."""
        while self._selector.select(0):
            self.pump(0)

    def _prefix(self, name: str) -> str:
        label = f"{name:<{WIDTH}} | "
        return f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m" if self._colour else label
