"""Somebody signs in with a password.

Three steps, each a unit of its own, so that nothing is locked and no transaction stays open while a password is
hashed: (1) the attempt is counted on the account and on the address and the user is read; (2) the password is
verified, as long for a name that nobody has; (3) the session is opened, if the user still is what was verified, and
the attempt is given back. Counting comes first, so a thousand guesses at once are not more than the limit. Crash after
(1): one attempt less until the window ends. After (3): signed in, and the answer was lost; the client signs in again.

An account that strangers have locked still opens from an address where its user signed in lately: that address has a
count of its own, else anybody could lock out the operators on the night of the sale.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.audit import service as audit
from app.core import clock, db, throttle
from app.core.errors import AppError
from app.core.settings import Settings
from app.core.throttle import Limit
from app.identity import passwords, queries, rules
from app.identity.errors import LoginLocked, LoginRefused
from app.identity.models import User
from app.identity.service import attempts
from app.identity.service.sessions import Login, open_session


@dataclass(frozen=True)
class Proof:
    """A user as they were when their password was verified, and the limits that the attempt was counted on."""

    user: User
    limits: tuple[Limit, Limit]
    refusal: type[AppError]


def sign_in(*, username: str, password: str, kind: str, address: str, settings: Settings) -> Login:
    """Open a session for the right password."""
    proof = prove(username=username, password=password, address=address, settings=settings)
    with db.transaction():
        return open_session(accept(proof), kind=kind, address=address, settings=settings)


def prove(
    *, username: str, password: str, address: str, settings: Settings, refusal: type[AppError] = LoginRefused
) -> Proof:
    """Count the attempt, then verify the password with no transaction open."""
    passwords.expect_a_place()
    with db.statement():
        user = queries.user_by_name(username)
        limits = _limits(user, username, address, settings)
        wait = throttle.take(limits)
    if wait:
        raise LoginLocked(retry_after=wait, wait=clock.lasting(wait))
    with attempts.spared(limits):
        matched = passwords.matches(password, user.password_hash if user else None)
    if not matched or user is None or not user.is_active:
        raise refusal
    return Proof(user, limits, refusal)


def accept(proof: Proof, *, to_change: bool = False) -> User:
    """Give the attempt back; the user, whom nobody deactivates or gives another password until the commit."""
    verified = proof.user
    same = (User.id == verified.id, User.password_hash == verified.password_hash, User.is_active)
    found = db.session().scalar(select(User).where(*same).with_for_update(read=not to_change))
    if found is None:
        raise proof.refusal
    account, network = proof.limits
    throttle.forget(account.key)
    throttle.give_back(network.key)
    return found


def forget_failures(user_id: int) -> None:
    """Open the account's lock, whoever failed from wherever."""
    throttle.forget(_account_key(user_id))


def is_locked(user_id: int, settings: Settings) -> bool:
    """Whether this account was tried too often, from wherever."""
    return throttle.is_closed(_account_key(user_id), settings.login_failures_per_account)


def unlock(*, user: User) -> None:
    """Let somebody who was locked out try again at once."""
    forget_failures(user.id)
    audit.record("user.unlocked", object_type="user", object_id=user.id)


def _limits(user: User | None, name: str, address: str, settings: Settings) -> tuple[Limit, Limit]:
    window = settings.login_window_minutes * 60.0
    account = _account_key(user.id) if user else f"login:name:{rules.name_key(name)}"
    if user and queries.signed_in_from(user.id, address):
        account += f"from:{address}"
    network = f"login:address:{rules.network_of(address)}"
    return (
        Limit(account, settings.login_failures_per_account, window),
        Limit(network, settings.login_failures_per_address, window),
    )


def _account_key(user_id: int) -> str:
    return f"login:account:{user_id}:"
