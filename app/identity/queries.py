"""Reading users and sessions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from app.core import db
from app.core.context import Principal
from app.core.roles import Role
from app.identity.models import Session, User

USERS, SESSIONS = User.__table__.c, Session.__table__.c

# Made once: a statement that is at hand costs half of one that is put together for each request.
_WHO = (
    select(USERS.id, USERS.username, USERS.role, SESSIONS.id.label("sid"))
    .where(SESSIONS.user_id == USERS.id, SESSIONS.ended_at.is_(None))
    .where(SESSIONS.expires_at > func.clock_timestamp(), USERS.is_active)
)
_BY_SESSION = _WHO.where(SESSIONS.id == bindparam("wanted"))
_BY_TOKEN = _WHO.where(SESSIONS.token_hash == bindparam("wanted"))


def user_by_name(name: str) -> User | None:
    """The user with this username, or with this address when it holds an @."""
    column = User.email if "@" in name else User.username
    return db.session().scalar(select(User).where(func.lower(column) == name.lower()))


def active_admins() -> Sequence[User]:
    """Everybody who answers for this deployment."""
    admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    return db.session().scalars(admins).all()


def principal_by_session(session_id: UUID) -> Principal | None:
    """Who has this live session."""
    return _principal(_BY_SESSION, session_id)


def principal_by_token(token_hash: str) -> Principal | None:
    """Who has the live session with this cookie."""
    return _principal(_BY_TOKEN, token_hash)


def _principal(statement: Select[Any], wanted: object) -> Principal | None:
    row: Any = db.session().execute(statement, {"wanted": wanted}).first()
    return Principal(row.id, row.username, Role(row.role), str(row.sid)) if row else None
