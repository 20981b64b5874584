"""What operations asks the database for itself."""

from datetime import datetime

from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.db import session
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
