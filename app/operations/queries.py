"""What operations asks the database for itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from app.audit.models import AuditEntry
from app.core.db import session
from app.core.presence import WEB
from app.core.standstill import WAITING
from app.identity.models import User

SEEDED = "demo.seeded"


def now() -> datetime:
    """The moment, by the clock that decides."""
    found: datetime = session().execute(select(func.clock_timestamp())).scalar_one()
    return found


def seeded_sizes() -> set[str]:
    """Which sizes of demo data were ever put in."""
    return set(session().scalars(select(AuditEntry.object_id).where(AuditEntry.action == SEEDED)))


def customers_named(prefix: str) -> dict[str, int]:
    """The customers whose names begin so, with their ids."""
    named = select(User.username, User.id).where(
        func.lower(User.username).startswith(prefix, autoescape=True), User.role == "customer", User.is_active
    )
    return {row.username: row.id for row in session().execute(named)}


_CONNECTIONS = text("""
    SELECT coalesce(state, 'unknown') AS state, count(*) AS connections FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1
""")
_DATABASE = text("""
    SELECT d.xact_commit AS committed, d.xact_rollback AS rolled_back, d.deadlocks, d.blks_hit AS cache,
        d.blks_read AS disk, pg_database_size(d.datid) AS size_bytes,
        current_setting('max_connections')::int AS connections_limit, a.waiting_for_locks, a.oldest_transaction_seconds
    FROM pg_stat_database AS d, (
        SELECT count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting_for_locks,
            coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float AS oldest_transaction_seconds
        FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
    ) AS a
    WHERE d.datname = current_database()
""")


def connections() -> dict[str, int]:
    """How many connections to this database there are in each state."""
    return {row.state: row.connections for row in session().execute(_CONNECTIONS)}


def database() -> Any:
    """What PostgreSQL says of this database, as a row."""
    return session().execute(_DATABASE).one()


_SERVER = text("""
    SELECT current_setting('server_version_num')::int AS version, a.open, a.web, current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed
    FROM (
        SELECT count(*) FILTER (WHERE backend_type = 'client backend') AS open,
            count(DISTINCT application_name) FILTER (
                WHERE datname = current_database() AND starts_with(application_name, :web)) AS web
        FROM pg_stat_activity
    ) AS a
""").bindparams(web=WEB)


def server() -> Any:
    """Which PostgreSQL it is, how many connections there may be and are, and of how many web processes, as a row."""
    return session().execute(_SERVER).one()


_SET_TO = text("SELECT name FROM pg_settings WHERE name = ANY (:names) AND setting = :value ORDER BY name")


def set_to(value: str, *names: str) -> list[str]:
    """Which of PostgreSQL's settings are this, for who asks."""
    return list(session().scalars(_SET_TO, {"value": value, "names": list(names)}))


_ROLE = text(f"""
    SELECT pg_is_in_recovery() AS is_standby, count(a) AS waiting,
        coalesce(extract(epoch FROM clock_timestamp() - min(a.query_start)), 0)::float AS longest_seconds
    FROM ({WAITING}) AS a
""")  # noqa: S608 - a text of ours


def role() -> Any:
    """Whether this server is a standby, and how many commits have waited for a synchronous one for long, as a row."""
    return session().execute(_ROLE).one()
