"""Users are made and changed by admins.

A new role, a deactivation and a new password end every session of the user in the same transaction, so whatever an old
token allowed is over with the commit. The last active admin stays one: whoever takes an admin away first locks all
active admins, in the order of their ids, so of two admins who demote each other at the same moment the second finds
himself the last. Lock order: active admins by id, the user, sessions. A password is hashed before anything is locked.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from app.audit import service as audit
from app.core import db
from app.core.errors import Stale, ValidationFailed
from app.core.events import publish
from app.core.roles import Role
from app.identity import passwords, rules
from app.identity.errors import LastAdmin, UserNotFound
from app.identity.events import UserRegistered
from app.identity.models import User
from app.identity.service import sessions


def create_user(
    *, username: str, email: str, password: str, role: Role | str, first_name: str = "", last_name: str = ""
) -> User:
    """Make a user."""
    facts = {"username": username, "email": email, "role": role, "first_name": first_name, "last_name": last_name}
    _refuse_readable(password, username, email)
    user = User(**facts, password_hash=passwords.hashed(password))
    db.session().add(user)
    db.flush()
    audit.record("user.created", object_type="user", object_id=user.id, new=facts)
    publish(UserRegistered(user_id=user.id))
    return user


def update_user(*, user_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> User:
    """Change what differs; nothing differs: nothing happens."""
    wanted = dict(changes)
    password = wanted.pop("password", None)
    new_hash = None if password is None else passwords.hashed(password)
    user = _locked(user_id, expected, leaves_admins=rules.is_no_admin(wanted))
    new = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    _refuse_readable(password or "", user.username, wanted.get("email", user.email))
    if not (new or new_hash):
        return user
    _change(user, new, new_hash)
    if new_hash or rules.ends_sessions(new):
        sessions.end_all(user.id)
    return user


def _change(user: User, new: dict[str, Any], new_hash: str | None) -> None:
    old = {name: getattr(user, name) for name in new}
    for name, value in new.items():
        setattr(user, name, value)
    user.email_verified_at = None if "email" in new else user.email_verified_at
    user.password_hash = new_hash or user.password_hash
    user.version += 1
    db.flush()
    if new:
        audit.record("user.updated", object_type="user", object_id=user.id, old=old, new=new)
    if new_hash:
        audit.record("user.password_set", object_type="user", object_id=user.id)


def _refuse_readable(password: str, *names: str) -> None:
    if rules.everybody_reads(password, *names):
        detail = "The password must not be the username or the e-mail address."
        raise ValidationFailed([{"pointer": "/password", "code": "invalid", "detail": detail}])


def _locked(user_id: int, expected: Collection[int] | None, *, leaves_admins: bool) -> User:
    """The user, whom nobody else changes meanwhile and without whom there still is an admin."""
    admins = _locked_admins() if leaves_admins else []
    user = db.session().get(User, user_id, with_for_update=True)
    if user is None:
        raise UserNotFound(user_id=user_id)
    if expected is not None and user.version not in expected:
        raise Stale(version=user.version)
    if admins == [user_id]:
        raise LastAdmin
    return user


def _locked_admins() -> list[int]:
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    return list(db.session().scalars(admins.with_for_update()))
