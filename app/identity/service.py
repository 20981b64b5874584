"""Users are made, sign in and sign out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, update

from app.audit import service as audit
from app.core import context, db
from app.core.context import Principal
from app.core.ids import uuid7
from app.core.roles import Role
from app.identity import passwords, queries
from app.identity.errors import LoginRefused
from app.identity.models import Session, User


@dataclass(frozen=True)
class Login:
    """A session that was just opened; the token is known only here."""

    user: User
    session_id: UUID
    token: str


def create_user(*, username: str, email: str, password: str, role: Role) -> User:
    """Make a user."""
    user = User(username=username, email=email, password_hash=passwords.hashed(password), role=role)
    db.session().add(user)
    db.flush()
    audit.record(
        "user.created", object_type="user", object_id=user.id, new={"username": username, "email": email, "role": role}
    )
    return user


def sign_in(*, username: str, password: str, kind: str, lifetime: timedelta) -> Login:
    """Open a session for the right password."""
    user = queries.user_by_name(username)
    if not passwords.matches(password, user.password_hash if user else None) or user is None or not user.is_active:
        raise LoginRefused
    login = Login(user, uuid7(), secrets.token_urlsafe(32))
    db.session().add(
        Session(
            id=login.session_id,
            user_id=user.id,
            kind=kind,
            token_hash=token_hash(login.token) if kind == "console" else None,
            expires_at=func.clock_timestamp() + lifetime,
        )
    )
    context.sign_in(Principal(user.id, user.username, Role(user.role), str(login.session_id)))
    audit.record("user.signed_in", object_type="user", object_id=user.id, new={"kind": kind})
    return login


def sign_out(who: Principal) -> None:
    """End the caller's session at once."""
    mine = update(Session).where(Session.id == UUID(who.session_id), Session.ended_at.is_(None))
    db.session().execute(mine.values(ended_at=func.clock_timestamp()))
    audit.record("user.signed_out", object_type="user", object_id=who.user_id)


def purge_sessions() -> int:
    """Forget sessions that expired more than a day ago."""
    gone = delete(Session).where(Session.expires_at < func.clock_timestamp() - timedelta(days=1))
    return db.rows_of(db.session().execute(gone))


def token_hash(token: str) -> str:
    """What is kept of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()
