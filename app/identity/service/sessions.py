"""Sessions are opened, renewed and ended.

Data: one row of `sessions` for each login. Of an API session every refresh token is made of the signing key, the row's
id, its `generation` and its `seed`: the table holds nothing that opens a door, nor does the key alone.

A refresh locks the row and decides (`rules.refresh_verdict`). The newest token moves the generation on by one; the one
before it is answered for 10 seconds with the very same pair, which is made anew from the same four parts, so a client
whose answer was lost asks again and 20 that ask at once all get one pair. Anything older ends the session: somebody
has a copy. Crash before the commit: nothing moved, the old token still works. After: asking again repeats the answer.
Lock order: user, then session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from app.audit import service as audit
from app.core import context, db
from app.core.context import Principal
from app.core.ids import uuid7
from app.core.roles import Role
from app.core.settings import Settings
from app.identity import rules
from app.identity.errors import RefreshRefused, RefreshReused
from app.identity.models import Session, User

GRACE = timedelta(seconds=10)
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class Login:
    """A session that was just opened or renewed, and its secret: the cookie's token or the refresh token."""

    user: User
    session_id: UUID
    generation: int
    issued_at: datetime
    token: str


def open_session(user: User, *, kind: str, address: str, settings: Settings) -> Login:
    """A new session of somebody who has proven who they are."""
    session = Session(id=uuid7(), user_id=user.id, kind=kind, address=address, generation=0)
    session.seed = secrets.token_hex(16)
    session.expires_at = func.clock_timestamp() + lifetime(kind, settings)
    cookie = secrets.token_urlsafe(32) if kind == "console" else ""
    session.token_hash = token_hash(cookie) if cookie else None
    db.session().add(session)
    db.flush()
    db.session().refresh(session)
    context.sign_in(Principal(user.id, user.username, Role(user.role), str(session.id)))
    audit.record("user.signed_in", object_type="user", object_id=user.id, new={"kind": kind, "address": address})
    return _login(user, session, cookie or _refresh_token(session, settings))


def lifetime(kind: str, settings: Settings) -> timedelta:
    """How long a session of this kind lives when nobody renews it."""
    return timedelta(hours=settings.refresh_token_hours if kind == "api" else settings.console_session_hours)


def refresh(*, refresh_token: str, settings: Settings) -> Login:
    """The next pair of tokens, or once more the one that was just given."""
    session_id, presented = _named_in(refresh_token)
    user, session, within_grace = _locked(session_id)
    if not compare_digest(_refresh_token(session, settings, presented), refresh_token):
        raise RefreshRefused
    verdict = rules.refresh_verdict(presented=presented, current=session.generation, within_grace=within_grace)
    if verdict == "reused":
        _revoke(user, session)
        raise RefreshReused
    if verdict == "rotate":
        _rotate(session, settings)
    return _login(user, session, _refresh_token(session, settings))


def prolong(token_hash: str, settings: Settings) -> bool:
    """Give a console session its full time again; False when it cannot live longer than it does."""
    later = _renewed("console", settings)
    mine = update(Session).where(Session.token_hash == token_hash, Session.expires_at < later, *_live())
    change = mine.values(expires_at=later)
    return bool(db.rows_of(db.session().execute(change)))


def sign_out(who: Principal) -> None:
    """End the caller's session at once."""
    end_sessions(Session.id == UUID(who.session_id))
    audit.record("user.signed_out", object_type="user", object_id=who.user_id)


def sign_out_everywhere(who: Principal) -> None:
    """End every session of the caller."""
    end_all(who.user_id)


def sign_out_elsewhere(who: Principal, *which: ColumnElement[bool]) -> int:
    """End other sessions of the caller: those that are meant, or all of them."""
    ended = end_sessions(Session.user_id == who.user_id, Session.id != UUID(who.session_id), *which)
    if ended:
        audit.record("user.signed_out", object_type="user", object_id=who.user_id, new={"sessions": ended})
    return ended


def end_all(user_id: int) -> int:
    """End every session of a user."""
    ended = end_sessions(Session.user_id == user_id)
    audit.record("user.signed_out", object_type="user", object_id=user_id, new={"sessions": ended})
    return ended


def end_sessions(*which: ColumnElement[bool]) -> int:
    """End those of these sessions that are alive."""
    change = update(Session).where(*which, *_live()).values(ended_at=func.clock_timestamp())
    return db.rows_of(db.session().execute(change))


def purge() -> int:
    """Forget sessions that expired long ago; until then they tell from where somebody signs in."""
    gone = delete(Session).where(Session.expires_at < func.clock_timestamp() - REMEMBERED)
    return db.rows_of(db.session().execute(gone))


def token_hash(token: str) -> str:
    """What is kept of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _login(user: User, session: Session, token: str) -> Login:
    return Login(user, session.id, session.generation, session.rotated_at, token)


def _refresh_token(session: Session, settings: Settings, generation: int | None = None) -> str:
    number = session.generation if generation is None else generation
    return rules.refresh_token(settings.secret_key, session.seed, session.id, number)


def _named_in(refresh_token: str) -> tuple[UUID, int]:
    named = rules.named_in(refresh_token)
    if named is None:
        raise RefreshRefused
    return named


def _locked(session_id: UUID) -> tuple[User, Session, bool]:
    """The live session with its active user, nobody else refreshing it meanwhile."""
    since = func.clock_timestamp() - Session.rotated_at
    mine = select(User, Session, since < GRACE).join(Session, Session.user_id == User.id)
    which = mine.where(Session.id == session_id, Session.kind == "api", User.is_active, *_live())
    found = db.session().execute(which.with_for_update(of=Session)).first()
    if found is None:
        raise RefreshRefused
    return found[0], found[1], found[2]


def _live() -> tuple[ColumnElement[bool], ...]:
    return Session.ended_at.is_(None), Session.expires_at > func.clock_timestamp()


def _rotate(session: Session, settings: Settings) -> None:
    session.generation += 1
    session.rotated_at = func.clock_timestamp()
    session.expires_at = _renewed("api", settings)
    db.flush()
    db.session().refresh(session)


def _renewed(kind: str, settings: Settings) -> Any:
    """The new end of a session: its full time from now, but no later than its last day."""
    last = Session.created_at + timedelta(days=settings.session_max_days)
    return func.least(func.clock_timestamp() + lifetime(kind, settings), last)


def _revoke(user: User, session: Session) -> None:
    end_sessions(Session.id == session.id)
    context.sign_in(Principal(user.id, user.username, Role(user.role), str(session.id)))
    audit.record("session.revoked", object_type="user", object_id=user.id, new={"reason": "refresh token reused"})
