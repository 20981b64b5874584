"""Limits that hold over all processes and restarts: so many times in a window for each key, counted in PostgreSQL.

A take is one statement. It changes nothing when a key is used up, so a crowd that knocks on a closed door writes
nothing; else it counts every key, and whoever came too late in a race finds a count above the limit and is refused
too. Keys are locked in their order. The window begins with the first take and is not prolonged by refused ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Integer, String, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, rows_of, session


class Throttle(Base):
    """How often something happened since its window began."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    taken: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), index=True)


@dataclass(frozen=True)
class Limit:
    """`most` times in a window of `seconds` for this key."""

    key: str
    most: int
    seconds: float


_TAKE = text("""
    WITH asked AS (
        SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:most AS int[]), CAST(:seconds AS float[]))
            AS a (key, most, seconds)
    ),
    closed AS MATERIALIZED (
        SELECT ends_at FROM asked JOIN throttles USING (key) WHERE taken >= most AND ends_at > clock_timestamp()
    ),
    counted AS (
        INSERT INTO throttles AS t (key, taken, ends_at)
        SELECT key, 1, clock_timestamp() + make_interval(secs => seconds) FROM asked
        WHERE NOT EXISTS (SELECT FROM closed) ORDER BY key
        ON CONFLICT (key) DO UPDATE SET
            taken = CASE WHEN t.ends_at <= clock_timestamp() THEN 1 ELSE t.taken + 1 END,
            ends_at = CASE WHEN t.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE t.ends_at END
        RETURNING key, taken, ends_at
    )
    SELECT extract(epoch FROM max(ends_at) - clock_timestamp()) FROM (
        SELECT ends_at FROM closed UNION ALL
        SELECT ends_at FROM counted JOIN asked USING (key) WHERE taken > most
    ) AS refused
""")


def take(limits: Sequence[Limit]) -> int:
    """Count once for each key; the answer is 0, or the seconds until the last of the closed ones opens."""
    asked = {name: [getattr(limit, name) for limit in limits] for name in ("most", "seconds")}
    wait = session().execute(_TAKE, {"keys": [limit.key for limit in limits], **asked}).scalar()
    return max(1, ceil(wait)) if wait is not None else 0


def give_back(key: str) -> None:
    """Undo one take."""
    session().execute(update(Throttle).where(Throttle.key == key, Throttle.taken > 0).values(taken=Throttle.taken - 1))


def forget(prefix: str) -> int:
    """Open everything whose key begins with this."""
    return rows_of(session().execute(delete(Throttle).where(Throttle.key.startswith(prefix, autoescape=True))))


def is_closed(prefix: str, most: int) -> bool:
    """Whether a key that begins with this was taken so often in its window."""
    full = select(Throttle.key).where(Throttle.key.startswith(prefix, autoescape=True), Throttle.taken >= most)
    return session().scalar(select(full.where(Throttle.ends_at > func.clock_timestamp()).exists())) is True


def purge() -> int:
    """Forget windows that have ended."""
    return rows_of(
        session().execute(delete(Throttle).where(Throttle.ends_at < func.clock_timestamp() - timedelta(hours=1)))
    )
