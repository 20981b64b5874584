"""A real stack under test, seen from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Waits for the condition; fails by naming what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {seconds:g} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes_of(home: Path) -> list[int]:
    """Every living process that works in this home or was started for it."""
    return [process.pid for process in psutil.process_iter() if _belongs(process, str(home.resolve()))]


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            return False
        return process.cwd().startswith(home) or process.environ().get("HOLDFAST_HOME") == home
    except psutil.Error:
        return False


class RunningStack:
    """`python -m devstack.supervisor` with its output in a file."""

    def __init__(self, home: Path, tree: Path, environ: Mapping[str, str]) -> None:
        self.home = home
        self.port = int(environ.get("PORT") or free_port())
        self.output = home.parent / f"{home.name}.out"
        inherited = {"PATH": os.environ["PATH"], "HOLDFAST_HOME": str(home), "PORT": str(self.port), "WORKERS": "2"}
        with self.output.open("wb") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "devstack.supervisor"],
                cwd=tree,
                env=inherited | dict(environ),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """Everything it has written."""
        return self.output.read_text()

    def wait_until_ready(self) -> "RunningStack":
        """Returns when the banner is there."""
        self.wait_until_said("Holdfast is ready")
        return self

    def wait_until_said(self, words: str) -> None:
        """Returns when the words are in the output; fails with that output when it ended without them."""
        try:
            eventually(lambda: words in self.said or self.supervisor.poll() is not None, f"{words!r} in the output")
        finally:
            assert words in self.said, self.said

    def status(self, path: str) -> int:
        """The status of an answer, or 0 without one."""
        try:
            return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=5).status_code
        except requests.RequestException:
            return 0

    def variables(self) -> dict[str, str]:
        """What other terminals read."""
        lines = (self.home / "run" / "stack.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def web_processes(self) -> list[psutil.Process]:
        """The gunicorn workers, without their master."""
        masters = [child for child in psutil.Process(self.supervisor.pid).children() if "wsgi:app" in child.cmdline()]
        return [worker for master in masters for worker in master.children()]

    def end(self, number: signal.Signals) -> None:
        """Sends a signal to the supervisor, and returns when nothing of the stack is left."""
        self.supervisor.send_signal(number)
        self.supervisor.wait(PATIENCE)
        eventually(lambda: not processes_of(self.home), f"all processes gone, left: {processes_of(self.home)}", 15)
