"""Reading users and sessions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Interval, Select, bindparam, func, select

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
_BY_SESSION = _WHO.where(
    SESSIONS.id == bindparam("wanted"),
    func.to_timestamp(bindparam("token_ends", type_=BigInteger)) > func.clock_timestamp(),
)
_BY_TOKEN = _WHO.add_columns(
    (SESSIONS.expires_at < func.clock_timestamp() + bindparam("half", type_=Interval)).label("is_due")
).where(SESSIONS.token_hash == bindparam("wanted"))


def user_by_name(name: str) -> User | None:
    """The user with this username, or with this address when it holds an @."""
    column = User.email if "@" in name else User.username
    return db.session().scalar(select(User).where(func.lower(column) == func.lower(name)))


def account(user_id: int) -> User:
    """The user of a live session, who is therefore there."""
    return db.session().get_one(User, user_id)


def signed_in_from(user_id: int, address: str) -> bool:
    """Whether this user signed in from this address lately."""
    lately = Session.created_at > func.clock_timestamp() - timedelta(days=30)
    known = select(Session.id).where(Session.user_id == user_id, Session.address == address, lately)
    return bool(address) and db.session().scalar(select(known.exists())) is True


def active_admins() -> Sequence[User]:
    """Everybody who answers for this deployment."""
    admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    return db.session().scalars(admins).all()


def principal_by_session(session_id: UUID, token_ends: int) -> Principal | None:
    """Who has this live session, while the token that names it has not expired either."""
    return _principal(_found(_BY_SESSION, wanted=session_id, token_ends=token_ends))


def principal_by_token(token_hash: str, half: timedelta) -> tuple[Principal | None, bool]:
    """Who has the live session with this cookie, and whether less than half of its time is left."""
    row = _found(_BY_TOKEN, wanted=token_hash, half=half)
    return _principal(row), bool(row and row.is_due)


def _found(statement: Select[Any], **wanted: Any) -> Any:
    return db.session().execute(statement, wanted).first()


def _principal(row: Any) -> Principal | None:
    return Principal(row.id, row.username, Role(row.role), str(row.sid)) if row else None
