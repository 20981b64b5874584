"""Reading users and sessions."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core import db
from app.core.context import Principal
from app.core.roles import Role
from app.identity.models import Session, User

_LIVE = (Session.ended_at.is_(None), Session.expires_at > func.clock_timestamp(), User.is_active)
_WHO = select(User.id, User.username, User.role, Session.id.label("sid")).join(Session, Session.user_id == User.id).where(*_LIVE)


def user_by_name(name: str) -> User | None:
    """The user with this username, or with this address when it holds an @."""
    column = User.email if "@" in name else User.username
    return db.session().scalar(select(User).where(func.lower(column) == name.lower()))


def principal_by_session(session_id: UUID) -> Principal | None:
    """Who has this live session."""
    return _principal(Session.id == session_id)


def principal_by_token(token_hash: str) -> Principal | None:
    """Who has the live session with this cookie."""
    return _principal(Session.token_hash == token_hash)


def _principal(which: ColumnElement[bool]) -> Principal | None:
    row: Any = db.session().execute(_WHO.where(which)).first()
    return Principal(row.id, row.username, Role(row.role), str(row.sid)) if row else None
