"""Where PostgreSQL is: one server, or several of which one does what is asked.

libpq's own form names several: `postgresql://u:p@one:5432,two:5432/shop?target_session_attrs=read-write`. libpq asks
them in this order, each for as long as its patience lasts, and under gevent it does not go on to the next at all when
one is silent. So we go through them ourselves and begin with the one that took us last: after a failover a machine
that is gone without a word costs that wait once, and not each new connection.
"""

from functools import lru_cache
from typing import Any

import psycopg2
from psycopg2.extensions import parse_dsn
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from app.core import dialect


class Address:
    """The servers of one URL, and which of them took us last."""

    def __init__(self, url: str) -> None:
        """Nobody is asked yet."""
        self._rest = parse_dsn(url)
        self._servers = servers(self._rest)
        for name in ("host", "port"):
            self._rest.pop(name, None)
        self._last = 0

    def connect(self, **options: Any) -> Any:
        """A connection to the first server that takes us and does what the URL demands."""
        faults = []
        for number in _beginning_with(self._last, len(self._servers)):
            try:
                connection = psycopg2.connect(**self._rest | self._servers[number] | options)
            except psycopg2.OperationalError as fault:
                faults.append(fault)
            else:
                self._last = number
                return connection
        raise (faults[0] if len(faults) == 1 else psycopg2.OperationalError("\n".join(map(str, faults))))


def servers(parts: dict[str, str]) -> list[dict[str, str]]:
    """What differs between the servers that these parts of a URL name; one port may be that of all."""
    hosts, ports = parts.get("host", "").split(","), parts.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    named = ({"host": host, "port": port} for host, port in zip(hosts, ports, strict=True))
    return [{name: value for name, value in each.items() if value} for each in named]


def _beginning_with(first: int, count: int) -> list[int]:
    return [first, *(number for number in range(count) if number != first)]


@lru_cache(maxsize=16)
def address(url: str) -> Address:
    """The address of this URL, the same for all who ask in this process: what one has learnt the others know."""
    return Address(url)


def engine(url: str, **options: Any) -> Engine:
    """An engine without a pool, for a command."""
    return create_engine(f"{dialect.NAME}://", creator=lambda: address(url).connect(**options), poolclass=NullPool)
