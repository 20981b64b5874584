"""Passwords are changed by who knows the old one, or set anew by who reads the account's mail.

A new password is hashed with no transaction open; then one short transaction sets it and ends the sessions that the
old one opened, so a stolen session ends with the password it came from. Crash before that commit: nothing changed and
the link still works. After: changed, and a second try with the same link or the old password is refused.
"""

from uuid import UUID

from app.audit import service as audit
from app.core import context, db
from app.core.context import Principal
from app.core.errors import ValidationFailed
from app.core.ids import uuid7
from app.core.settings import Settings
from app.identity import passwords, queries, rules
from app.identity.errors import PasswordWrong
from app.identity.models import Session, User
from app.identity.service import attempts, links, login, sessions, verification
from app.jobs import service as jobs
from app.mail import service as mail

SEND_RESET = "identity.send_password_reset"


def refuse_known(
    password: str, username: str, email: str, current: str | None = None, *, pointer: str = "/new_password"
) -> None:
    """Raise when a new password is something that others know, or the one before."""
    if fault := rules.password_fault(password, username, email, current):
        raise ValidationFailed([{"pointer": pointer, "code": "invalid", "detail": fault}])


def change_password(
    *, who: Principal, current_password: str, new_password: str, address: str, settings: Settings
) -> None:
    """Set another password and end every other session of the caller."""
    proof = login.prove(
        username=who.username, password=current_password, address=address, settings=settings, refusal=PasswordWrong
    )
    with attempts.spared(proof.limits):
        refuse_known(new_password, proof.user.username, proof.user.email, current_password)
        new_hash = passwords.hashed(new_password)
    with db.transaction():
        user = login.accept(proof, to_change=True)
        links.close(user.id, links.RESET)
        sessions.end_sessions(Session.user_id == user.id, Session.id != UUID(who.session_id))
        set_hash(user, new_hash, "user.password_changed")


def ask_for_reset(*, email: str, address: str, settings: Settings) -> None:
    """Ask for a link to be mailed; whether anybody has this address makes no difference here."""
    attempts.count(*attempts.mails_with_links(email, address, settings))
    jobs.enqueue(SEND_RESET, link_id=uuid7().hex, email=email)


def send_reset(*, link_id: UUID, email: str, settings: Settings) -> bool:
    """Mail the link to the active user with this address; False when there is nobody, or it was sent before."""
    user = queries.user_by_name(email)
    return user is not None and user.is_active and links.send(user, links.RESET, settings, link_id=link_id)


def reset_password(*, token: str, new_password: str, address: str, settings: Settings) -> None:
    """Set a new password by a mailed link and end every session of its user."""
    with db.statement():
        attempts.count(attempts.links_tried(address, settings))
        link = links.opened_by(token, links.RESET, settings)
        user = queries.account(link.user_id)
    refuse_known(new_password, user.username, user.email)
    new_hash = passwords.hashed(new_password)
    with db.transaction():
        user = links.use(link)
        context.sign_in(links.bearer(user))
        verification.mark(user)
        links.close(user.id)
        sessions.end_sessions(Session.user_id == user.id)
        login.forget_failures(user.id)
        set_hash(user, new_hash, "user.password_reset")


def set_hash(user: User, new_hash: str, action: str) -> None:
    """Set the hash, write it down and tell the user."""
    user.password_hash = new_hash
    audit.record(action, object_type="user", object_id=user.id)
    mail.write(key=f"password_changed:{uuid7().hex}", template="password_changed", recipient=user.email)
