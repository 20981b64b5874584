"""The Redis that its sentinels call the master, found anew for each connection that is made.

All sentinels are asked at once, each in a thread of its own, and the first who names a master decides. So one that
hangs, or whose own name does not resolve, costs nothing while another answers, and nobody waits longer than his
patience when none does. What they named is asked for its role before it is used: a sentinel that is behind leads nobody
to a replica. A master that was demoted answers READONLY to who writes and UNBLOCKED to who waits, one that is cut off
from its replicas NOREPLICAS when it is told to, and one whose host is gone nothing; each counts as a lost connection,
so that the next one goes to the master of that moment.

redis-py asks one sentinel after the other, each with ten tries of its own, which is why it is not asked to.
"""

from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

import redis
from redis.connection import Connection, ConnectionPool, SSLConnection, parse_url
from redis.sentinel import (
    MasterNotFoundError,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from app.core.clock import monotonic
from app.core.settings import Settings

Address = tuple[str, int]
CONNECT_SECONDS = 5.0
LEAST_SECONDS = 0.001
NO_MASTER_ANY_MORE = ("UNBLOCKED", "NOREPLICAS")  # READONLY is redis-py's to know


class Sentinels:
    """Those who watch the master."""

    def __init__(self, settings: Settings, patience: float | None) -> None:
        """Ask nothing yet."""
        self.patience = min(patience or CONNECT_SECONDS, CONNECT_SECONDS)
        self._settings = settings

    def discover_master(self, name: str) -> Address:
        """Where the master is, as the first says who knows it."""
        over, answers = monotonic() + self.patience, Queue[Address | None]()
        for address in self._settings.redis_sentinels:
            Thread(target=self._ask, args=(address, name, answers), name="sentinel", daemon=True).start()
        for _ in self._settings.redis_sentinels:
            try:
                found = answers.get(timeout=max(over - monotonic(), 0))
            except Empty:
                break
            if found is not None:
                return found
        raise MasterNotFoundError(f"no sentinel names a master for {name!r}")

    def _ask(self, address: Address, name: str, answers: Queue[Address | None]) -> None:
        try:
            with sentinel(self._settings, address, patience=self.patience) as one:
                answers.put(one.sentinel_get_master_addr_by_name(name))
        except redis.RedisError:
            answers.put(None)


class ToTheMaster(SentinelManagedConnection):
    """A connection that is made within one patience, to nobody but a master."""

    def connect(self) -> None:
        """Find the master, go there, and see that it is one."""
        self._began = monotonic()
        try:
            super().connect()
        except redis.TimeoutError as silence:
            raise redis.ConnectionError(str(silence)) from silence

    def connect_to(self, address: Address) -> None:
        """Go there in what finding it has left of the patience."""
        whole = self.socket_timeout
        left = self.connection_pool.sentinel_manager.patience - (monotonic() - self._began)
        self.socket_timeout = self.socket_connect_timeout = max(left, LEAST_SECONDS)
        try:
            super().connect_to(address)
            self._insist()
        finally:
            self.socket_timeout = whole
        self.update_current_socket_timeout(whole)

    def read_response(self, *args: Any, **options: Any) -> Any:
        """What it answers; one that is silent, or is no master any more, is lost."""
        try:
            return super().read_response(*args, **options)
        except (redis.ResponseError, redis.TimeoutError) as error:
            if isinstance(error, redis.ResponseError) and not str(error).startswith(NO_MASTER_ANY_MORE):
                raise
            self.disconnect()
            raise redis.ConnectionError(str(error)) from error

    def _insist(self) -> None:
        self.send_command("ROLE")
        if self.read_response()[0] not in {b"master", "master"}:
            self.disconnect()
            raise redis.ConnectionError("it is no master any more")


class SafelyToTheMaster(ToTheMaster, SentinelManagedSSLConnection):
    """The same over TLS."""


def master(settings: Settings, *, patience: float | None) -> redis.Redis:
    """A client of whoever is the master; user, password, database and TLS are those of REDIS_URL."""
    options: dict[str, Any] = parse_url(settings.redis_url or "redis://")
    for name in ("host", "port", "connection_class"):
        options.pop(name, None)
    pool = SentinelConnectionPool(
        settings.redis_sentinel_master,
        Sentinels(settings, patience),
        connection_class=SafelyToTheMaster if _safely(settings) else ToTheMaster,
        **{"socket_timeout": patience} | options,
    )
    return redis.Redis.from_pool(pool)


def sentinel(settings: Settings, address: Address, *, patience: float) -> redis.Redis:
    """A client of one sentinel, spoken to over TLS when the master is."""
    options = {name: value for name, value in parse_url(settings.redis_url or "redis://").items() if "ssl_" in name}
    pool = ConnectionPool(
        connection_class=SSLConnection if _safely(settings) else Connection,
        host=address[0],
        port=address[1],
        password=settings.redis_sentinel_password or None,
        decode_responses=True,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        **options,
    )
    return redis.Redis.from_pool(pool)


@dataclass(frozen=True)
class View:
    """What one sentinel says of the master; with a fault it said nothing."""

    name: str
    fault: str = ""
    master: str = ""
    replicas: int = 0
    lacking: str = ""


def views(settings: Settings, *, patience: float) -> list[View]:
    """What each of them says when it is asked alone."""
    return [_view(settings, address, patience) for address in settings.redis_sentinels]


def _view(settings: Settings, address: Address, patience: float) -> View:
    name, called = f"{address[0]}:{address[1]}", settings.redis_sentinel_master
    try:
        with sentinel(settings, address, patience=patience) as one:
            found = one.sentinel_get_master_addr_by_name(called)
            if found is None:
                return View(name)
            replicas = one.sentinel_master(called)["num-slaves"]
            return View(name, "", f"{found[0]}:{found[1]}", replicas, _lacking(one, called))
    except redis.RedisError as fault:
        return View(name, str(fault))


def _lacking(one: redis.Redis, called: str) -> str:
    try:
        one.sentinel_ckquorum(called)
    except redis.ResponseError as fault:
        return str(fault)
    return ""


def _safely(settings: Settings) -> bool:
    return settings.redis_url.startswith("rediss:")
