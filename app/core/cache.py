"""Answers kept in Redis under a version that lives in PostgreSQL.

A writer moves the version on in its own transaction, so from the moment its write is visible no reader finds what was
kept before. A reader takes the version first and the rows after it: what it keeps is at least as new as its key says.
Redis lost, flushed or slow only costs the query.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, String, bindparam, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, session
from app.core.prepared import Prepared
from app.core.redis import doorbell

TTL_SECONDS = 300


class CacheVersion(Base):
    """How often the things of one kind have changed."""

    __tablename__ = "cache_versions"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())


_VERSIONS = CacheVersion.__table__.c
_VERSION = Prepared(select(_VERSIONS.version).where(_VERSIONS.name == bindparam("wanted")))


def changed(name: str) -> None:
    """Move the version on in the writer's transaction; call it last, for all writers of the kind share the row."""
    row = insert(CacheVersion).values(name=name, version=1)
    bump = {"version": CacheVersion.version + 1, "changed_at": func.clock_timestamp()}
    session().execute(row.on_conflict_do_update(index_elements=["name"], set_=bump))


class Kind(NamedTuple):
    """The answers of one kind: their version, since when it is that, and how many Redis has of it."""

    name: str
    version: int
    changed_at: datetime
    answers: int | None


def kinds() -> list[Kind]:
    """Every kind that ever changed; how many answers there are is not known while Redis does not answer."""
    rows = session().execute(select(*_VERSIONS).order_by(_VERSIONS.name)).all()
    return [Kind(row.name, row.version, row.changed_at, _answers(row)) for row in rows]


def _answers(row: Any) -> int | None:
    mine = f"cache:{row.name}:{row.version}:*"
    return doorbell().ask(lambda client: sum(1 for _ in client.scan_iter(match=mine, count=1000)), None)


def kept(name: str, key: str, produce: Callable[[], bytes]) -> bytes:
    """The answer under the present version, made anew when it is not there."""
    version = _VERSION.scalar(wanted=name) or 0
    place = f"cache:{name}:{version}:{key}"
    found = doorbell().ask(lambda client: client.get(place), None)
    if isinstance(found, bytes):
        return found
    made = produce()
    doorbell().ask(lambda client: client.set(place, made, ex=TTL_SECONDS), None)
    return made
