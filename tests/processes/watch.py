"""A master, a replica and three sentinels that watch them: real processes, each on a port of its own."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devstack.errors import StackError
from devstack.folders import private_folder
from devstack.ports import LOOPBACK, listen
from devstack.server import Server
from devstack.valkey import Valkey, binary
from tests.processes.stack import eventually

NAME, NUMBER = "till", 3
PASSWORD, THEIR_PASSWORD = "of the servers: @/", "of the sentinels"
ONCE = Retry(NoBackoff(), 0)
DOWN_AFTER_MS, FAILOVER_MS, QUORUM = 1000, 2000, 2
# What sentinels otherwise do every ten and every two seconds, so that who comes back follows within one.
HASTE = ("info-period", "500", "publish-period", "250")


def lasting_port() -> int:
    """A port that no connection is given as its own while the server on it is away."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)  # below those that Linux gives to connections
        try:
            listen(port, "PORT").close()
        except StackError:
            continue
        return port


def _client(port: int, password: str, number: int = 0) -> redis.Redis:
    return redis.Redis(LOOPBACK, port, number, password=password, decode_responses=True, socket_timeout=5, retry=ONCE)


class Watched(Valkey):
    """A server that others can reach, and that may follow another."""

    def __init__(self, home: Path, follows: "Watched | None" = None) -> None:
        super().__init__(home)
        self.port, self._follows = lasting_port(), follows
        self.client = _client(self.port, PASSWORD, NUMBER)

    @property
    def role(self) -> str:
        """What it takes itself for; nothing while it does not answer."""
        try:
            return str(self.client.role()[0])
        except redis.RedisError:
            return ""

    @property
    def in_step(self) -> bool:
        """Whether it follows, and has what its master has."""
        try:
            told = self.client.info("replication")
        except redis.RedisError:
            return False
        return bool(told["role"] == "slave" and told["master_link_status"] == "up")

    def _command(self) -> list[str | Path]:
        own = ["--port", str(self.port), "--bind", LOOPBACK, "--requirepass", PASSWORD, "--masterauth", PASSWORD]
        own += ["--repl-diskless-sync-delay", "0"]
        follows = ["--replicaof", f"{LOOPBACK} {self._follows.port}"] if self._follows else []
        return [*super()._command(), *own, *follows]

    def _ready(self) -> bool:
        return bool(self.role)


class Watcher(Server):
    """A sentinel, which keeps in its file what it has learned."""

    name = "sentinel"
    death_signal = signal.SIGTERM
    stop_signal = signal.SIGTERM

    def __init__(self, home: Path, master: Watched) -> None:
        super().__init__(home)
        self.port, self._master = lasting_port(), master
        self.client = _client(self.port, THEIR_PASSWORD)

    def start(self) -> None:
        """A sentinel in a hurry."""
        super().start()
        self.client.execute_command("SENTINEL", "DEBUG", *HASTE)  # type: ignore[no-untyped-call]  # untyped there

    def sees(self) -> tuple[int, int]:
        """How many replicas and how many other sentinels it knows."""
        state: Any = self.client.sentinel_master(NAME)
        return state["num-slaves"], state["num-other-sentinels"]

    def names(self) -> int:
        """The port of whom it names as the master."""
        address: Any = self.client.sentinel_get_master_addr_by_name(NAME)
        return int(address[1])

    def _prepare(self) -> None:
        private_folder(self.folder / "data")
        if not self._file.exists():
            self._file.write_text(f"""
                port {self.port}
                bind {LOOPBACK}
                dir "{self.folder / "data"}"
                requirepass "{THEIR_PASSWORD}"
                sentinel sentinel-pass "{THEIR_PASSWORD}"
                sentinel monitor {NAME} {LOOPBACK} {self._master.port} {QUORUM}
                sentinel auth-pass {NAME} "{PASSWORD}"
                sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}
                sentinel failover-timeout {NAME} {FAILOVER_MS}
            """)

    @property
    def _file(self) -> Path:
        return self.folder / "sentinel.conf"

    def _command(self) -> list[str | Path]:
        return [binary(), self._file, "--sentinel"]

    def _ready(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class Watch:
    """Two servers and who watches them."""

    def __init__(self, home: Path) -> None:
        self.servers = [first := Watched(home / "1"), Watched(home / "2", first)]
        self.sentinels = [Watcher(home / f"sentinel-{number}", first) for number in range(3)]

    @property
    def settings(self) -> dict[str, str]:
        """What names them to our programs."""
        return {
            "REDIS_URL": f"redis://:{quote(PASSWORD, safe='')}@nowhere.invalid:1/{NUMBER}",
            "REDIS_SENTINELS": ", ".join(f"{LOOPBACK}:{each.port}" for each in self.sentinels),
            "REDIS_SENTINEL_MASTER": NAME,
            "REDIS_SENTINEL_PASSWORD": THEIR_PASSWORD,
        }

    def master(self) -> Watched:
        """Whom most of the sentinels name."""
        named = sorted(each.names() for each in self.sentinels)
        (found,) = (each for each in self.servers if each.port == named[QUORUM - 1])
        return found

    def is_whole(self) -> bool:
        """Whether one can take the place of the other, and all sentinels know it."""
        (other,) = (each for each in self.servers if each is not self.master())
        return other.in_step and all(each.sees() == (1, 2) for each in self.sentinels)


@contextmanager
def still(*servers: Server) -> Iterator[None]:
    """These stand still during the block."""
    for each in servers:
        os.kill(each.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in servers:
            os.kill(each.pid, signal.SIGCONT)


@contextmanager
def watch_in(home: Path) -> Iterator[Watch]:
    """All of them, ready for one to be lost; each ends with the block, whatever was done to it."""
    made = Watch(home)
    with ExitStack() as started:
        for each in (*made.servers, *made.sentinels):
            started.enter_context(each)
        eventually(made.is_whole, "the sentinels know the master, its replica and each other")
        yield made
