"""What the embedded servers have in common: a private folder, a lock, a log, a start and an end."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, ClassVar, Self

from devstack.errors import StackError
from devstack.folders import private_folder, socket_folder
from devstack.locks import FolderLock
from devstack.privileges import Become
from devstack.processes import children, end, spawn

# Nothing of the caller's environment, least of all its secrets, reaches a server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
LARGEST_LOG = 1_000_000


def packaged(package: str, *inside: str) -> Path:
    """A file of an installed package, found without importing the package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"the package {package} is not installed: run `make run` or `make test` once")
    return Path(spec.submodule_search_locations[0]).joinpath(*inside)


class Server:
    """A server process that ends with the process that started it."""

    name: ClassVar[str]
    death_signal: ClassVar[signal.Signals]
    stop_signal: ClassVar[signal.Signals]
    patience: ClassVar[float] = 30.0

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.folder = home.resolve() / self.name
        self.log = self.folder / "log"
        self._lock = FolderLock(self.folder, busy=f"another stack is using {self.folder.parent}")
        self._process: subprocess.Popen[bytes] | None = None
        self.sockets = self.folder / "socket"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise StackError(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        private_folder(self.folder)
        if self._lock.fd < 0:
            self._lock.take()
        try:
            self.sockets = socket_folder(self.folder / "socket")
            self._prepare()
            with self._open_log() as log:
                self._process = self._spawn(self._command(), log)
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Asks the server to end in order, and insists after a while."""
        if self._process is not None:
            end(self._process, (self.stop_signal, 20.0), (self.death_signal, 5.0))
            # A short one lies in the temporary folder of everybody.
            with suppress(OSError):
                self.sockets.rmdir()
        self._forget()

    def kill(self) -> None:
        """Ends the server at once, as a crash would."""
        if self._process is not None:
            family = [self._process.pid, *children(self._process.pid)]
            if self._process.poll() is None:
                for pid in family:
                    _kill(pid)
            self._process.wait()
        self._forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare(self) -> None:
        """Makes what the server needs before it starts."""

    def _command(self) -> list[str | Path]:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError

    def _become(self) -> Become | None:
        return None

    def _spawn(self, command: list[str | Path], output: IO[bytes]) -> subprocess.Popen[bytes]:
        return spawn(
            command,
            env=ENVIRONMENT,
            cwd=self.folder,
            output=output,
            death_signal=self.death_signal,
            become=self._become(),
            keep_open=[self._lock.fd],
        )

    def _open_log(self) -> IO[bytes]:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old"))
        return self.log.open("ab")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.patience
        while not self._ready():
            if not self.running or time.monotonic() > deadline:
                raise StackError(f"{self.name} did not start: {self._last_words()}")
            time.sleep(0.005)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-3:]
        return " | ".join(line.strip() for line in lines) or f"nothing in {self.log}"

    def _forget(self) -> None:
        self._process = None
        self._lock.release()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
