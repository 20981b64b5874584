"""People register, and change what they told about themselves."""

from typing import Any

from sqlalchemy import select

from app.audit import service as audit
from app.core import context, db, versions
from app.core.context import Principal
from app.core.errors import ValidationFailed
from app.core.events import publish
from app.core.roles import Role
from app.core.settings import Settings
from app.identity import passwords, queries
from app.identity.errors import PasswordWrong
from app.identity.events import UserRegistered
from app.identity.models import User
from app.identity.service import attempts, credentials, links, login
from app.identity.service.login import Proof
from app.mail import service as mail

UNPROVEN = "Another address needs your current password."


def register(*, username: str, email: str, password: str, address: str, settings: Settings, **names: str) -> User:
    """Make a customer; the password is hashed before the transaction begins."""
    credentials.refuse_known(password, username, email, pointer="/password")
    with db.statement():
        attempts.count(attempts.registrations(address, settings))
    user = User(username=username, email=email, password_hash=passwords.hashed(password), role=Role.CUSTOMER, **names)
    with db.transaction() as session:
        session.add(user)
        db.flush()
        session.refresh(user)
        context.sign_in(links.bearer(user))
        facts = {"username": username, "email": email, "role": user.role}
        audit.record("user.registered", object_type="user", object_id=user.id, new=facts)
        publish(UserRegistered(user.id))
        links.send(user, links.VERIFICATION, settings)
    return user


def prove_move(
    *, who: Principal, changes: dict[str, Any], password: str | None, address: str, settings: Settings
) -> Proof | None:
    """The proof that a change of address needs, made before the transaction; None when the address stays."""
    with db.statement():
        if changes.get("email") in {None, queries.account(who.user_id).email}:
            return None
        if password is None:
            raise ValidationFailed([{"pointer": "/current_password", "code": "required", "detail": UNPROVEN}])
        attempts.count(*attempts.mails_with_links(changes["email"], address, settings))
    return login.prove(
        username=who.username, password=password, address=address, settings=settings, refusal=PasswordWrong
    )


def locked(*, user_id: int, proof: Proof | None) -> User:
    """The user, whom nobody else changes until the commit; with a proof, the one whose password was verified."""
    if proof:
        return login.accept(proof, to_change=True)
    mine = select(User).where(User.id == user_id).with_for_update()
    return db.session().execute(mine, execution_options={"populate_existing": True}).scalar_one()


def change(*, user: User, changes: dict[str, Any], proof: Proof | None, settings: Settings) -> None:
    """Change what differs of a locked user's names and address."""
    old, new = versions.apply(user, changes)
    if not new:
        return
    if "email" in new:
        _refuse_unproven(proof)
        user.email_verified_at = None
    db.flush()
    audit.record("user.updated", object_type="user", object_id=user.id, old=old, new=new)
    if "email" in new:
        _tell_both(user, old["email"], settings)


def _refuse_unproven(proof: Proof | None) -> None:
    """The address was another one when it was compared, a moment before this transaction."""
    if proof is None:
        raise PasswordWrong


def _tell_both(user: User, before: str, settings: Settings) -> None:
    """Links to the old address end; it gets a notice, and the new one a link."""
    links.close(user.id)
    mail.write(key=f"email_changed:{user.id}:{user.version}", template="email_changed", recipient=before)
    links.send(user, links.VERIFICATION, settings)
