"""A service beside the stack as the supervisor runs it, and whoever speaks with it."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import requests

from devstack.processes import end, spawn
from tests.devstack.running import ROOT, eventually


class Beside:
    """Its socket outlives it, as that of the supervisor does."""

    module: ClassVar[str]
    key: ClassVar[str]
    arguments: tuple[str, ...] = ()

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder, self._environ = folder, environ
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.start()

    def start(self) -> None:
        """Once more, with what it kept."""
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", self.module, str(self.folder), str(descriptor), *self.arguments]
        with self.folder.with_suffix(".log").open("ab") as output:
            self.process = spawn(command, env=self._environ, cwd=ROOT, output=output, keep_open=[descriptor])

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """It is gone."""
        end(self.process, (number, 10.0))

    def close(self) -> None:
        """It is gone for good."""
        self.end(signal.SIGKILL)
        self._listener.close()

    def until_it_answers(self) -> None:
        """Returns when it is there."""
        eventually(lambda: self.ask("GET", "behaviour").ok, f"{self.module} answers")

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> Any:
        """The answer to a call under our key."""
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Idempotency-Key": key} if key else {})
        headers |= options.pop("headers", {})
        return requests.request(method, f"{self.url}/{path}", json=body, headers=headers, timeout=30, **options)

    def behave(self, **wishes: Any) -> None:
        """From now on like this."""
        answer = self.ask("POST", "behaviour", wishes)
        assert answer.status_code == 200, answer.text


Service = TypeVar("Service", bound=Beside)


@contextmanager
def answering(made: Service) -> Iterator[Service]:
    """A service that answers, until the block ends."""
    try:
        made.until_it_answers()
        yield made
    finally:
        made.close()
