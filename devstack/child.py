"""A program of the stack, and what keeps it or a server running."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from devstack.errors import StackError
from devstack.logs import Logs
from devstack.processes import spawn

LONGEST_PAUSE = 30.0


class Service(Protocol):
    """What can be started and ends one day."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    @property
    def running(self) -> bool:
        """Whether it is there."""

    def start(self) -> None:
        """Starts it."""

    def stop(self) -> None:
        """Ends it in order."""

    def kill(self) -> None:
        """Ends it at once."""


class Child:
    """A program whose output goes to the logs."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        logs: Logs,
        keep_open: Sequence[int] = (),
        patience: float = 15.0,
    ) -> None:
        self.name = name
        self._command, self._env, self._cwd = command, env, cwd
        self._logs, self._keep_open, self._patience = logs, keep_open, patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the program is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int:
        """How the program ended."""
        return -1 if self._process is None else self._process.returncode

    def start(self) -> None:
        """Starts the program."""
        self._process = spawn(
            self._command, env=self._env, cwd=self._cwd, output=subprocess.PIPE, keep_open=self._keep_open
        )
        if self._process.stdout is not None:
            # A duplicate, because Popen closes its own when it is forgotten, perhaps before the last line was read.
            self._logs.follow(self.name, os.fdopen(os.dup(self._process.stdout.fileno()), "rb", closefd=False))

    def stop(self) -> None:
        """Asks the program to end, shows what it still says, and insists after a while."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        while self.running and time.monotonic() < deadline:
            self._logs.pump(0.02)
        self.kill()
        self._logs.drain()

    def kill(self) -> None:
        """Ends the program at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Keeper:
    """Starts a service again when it died, after pauses that grow."""

    def __init__(self, service: Service, logs: Logs) -> None:
        self.service = service
        self._logs = logs
        self._pause = 1.0
        self._started = 0.0
        self._next_try: float | None = None

    def start(self) -> None:
        """The first start; its failure is the caller's."""
        self.service.start()
        self._started = time.monotonic()

    def tend(self) -> None:
        """Notices a death, and starts the service again when its pause is over."""
        if self.service.running:
            return
        now = time.monotonic()
        if self._next_try is None:
            self._pause = 1.0 if now - self._started > LONGEST_PAUSE else self._pause
            self._retry_later(f"{self.service.name} ended unexpectedly")
        elif now >= self._next_try:
            self._start_again()

    def _start_again(self) -> None:
        try:
            self.start()
        except StackError as error:
            self._retry_later(str(error))
        else:
            self._next_try = None
            self._logs.say(f"{self.service.name} started again")

    def _retry_later(self, why: str) -> None:
        self._logs.say(f"{why}; starting it again in {self._pause:g} s")
        self._next_try = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
