"""Users are made and changed by admins.

A new role, a deactivation and a new password end every session of the user in the same transaction, so whatever an old
token allowed is over with the commit. The last active admin stays one: whoever takes an admin away first locks all
active admins, in the order of their ids, so of two admins who demote each other at the same moment the second finds
himself the last. Lock order: active admins by id, the user, links, sessions. A password is hashed before any of them
is locked.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from app.audit import service as audit
from app.core import db, versions
from app.core.events import publish
from app.core.roles import Role
from app.identity import passwords, rules
from app.identity.errors import LastAdmin, UserNotFound
from app.identity.events import UserChanged, UserRegistered
from app.identity.models import User
from app.identity.service import credentials, links, sessions


def create_user(
    *, username: str, email: str, role: Role | str, password: str | None, first_name: str = "", last_name: str = ""
) -> User:
    """Make a user; without a password nobody gets in until one is set by a mailed link."""
    if password is not None:
        credentials.refuse_known(password, username, email, pointer="/password")
    facts = {"username": username, "email": email, "role": role}
    names = {"first_name": first_name, "last_name": last_name}
    user = User(**facts, **names, password_hash="" if password is None else passwords.hashed(password))
    db.session().add(user)
    db.flush()
    audit.record("user.created", object_type="user", object_id=user.id, new=facts | _filled(names))
    publish(UserRegistered(user.id))
    return user


def update_user(*, user_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> User:
    """Change what differs; nothing differs: nothing happens."""
    facts = {name: value for name, value in changes.items() if name != "password"}
    password = changes.get("password")
    new_hash = passwords.hashed(password) if password else None
    user = _locked(user_id, expected, leaves_admins=rules.is_no_admin(facts))
    ends_sessions = rules.ends_sessions(_change(user, facts))
    if password and new_hash:
        _set_password(user, password, new_hash)
    if new_hash or ends_sessions:
        sessions.end_all(user.id)
    return user


def anonymise(*, user: User) -> None:
    """Take everything personal from a locked user, and every way in; the audit log keeps what it had before."""
    nobody = rules.nobody(user.id)
    versions.apply(user, nobody)
    db.flush()
    links.close(user.id)
    sessions.end_all(user.id)
    audit.record("user.anonymised", object_type="user", object_id=user.id, new={"username": nobody["username"]})
    publish(UserChanged(user.id))


def _filled(names: dict[str, str]) -> dict[str, str]:
    return {field: name for field, name in names.items() if name}


def _change(user: User, facts: dict[str, Any]) -> dict[str, Any]:
    old, new = versions.apply(user, facts)
    user.email_verified_at = None if "email" in new else user.email_verified_at
    db.flush()
    if "email" in new:
        links.close(user.id)
    if new:
        audit.record("user.updated", object_type="user", object_id=user.id, old=old, new=new)
    if rules.changes_customer(new):
        publish(UserChanged(user.id))
    return new


def _set_password(user: User, password: str, new_hash: str) -> None:
    credentials.refuse_known(password, user.username, user.email, pointer="/password")
    user.version += 1
    links.close(user.id, links.RESET)
    credentials.set_hash(user, new_hash, "user.password_set")


def _locked(user_id: int, expected: Collection[int] | None, *, leaves_admins: bool) -> User:
    """The user, whom nobody else changes meanwhile and without whom there still is an admin."""
    admins = _locked_admins() if leaves_admins else []
    user = db.session().get(User, user_id, with_for_update=True)
    if user is None:
        raise UserNotFound(user_id=user_id)
    versions.refuse_stale(user, expected)
    if admins == [user_id]:
        raise LastAdmin
    return user


def _locked_admins() -> list[int]:
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    return list(db.session().scalars(admins.with_for_update()))
