"""Somebody signs in with a password.

Three steps, each a unit of its own, so that nothing is locked and no transaction stays open while a password is
hashed: (1) the attempt is counted on the account and on the address and the user is read; (2) the password is
verified, as long for a name that nobody has; (3) the session is opened, if the user still is what was verified, and
the attempt is given back. Counting comes first, so a thousand guesses at once are not more than the limit. Crash after
(1): one attempt less until the window ends. After (3): signed in, and the answer was lost; the client signs in again.

An account that strangers have locked still opens from an address where its user signed in lately: that address has a
count of its own, else anybody could lock out the operators on the night of the sale.
"""

from sqlalchemy import select

from app.audit import service as audit
from app.core import clock, db, throttle
from app.core.errors import Busy
from app.core.settings import Settings
from app.core.throttle import Limit
from app.identity import passwords, queries, rules
from app.identity.errors import LoginLocked, LoginRefused
from app.identity.models import User
from app.identity.service.sessions import Login, open_session


def sign_in(*, username: str, password: str, kind: str, address: str, settings: Settings) -> Login:
    """Open a session for the right password."""
    passwords.expect_a_place()
    with db.statement():
        user = queries.user_by_name(username)
        limits = _limits(user, username, address, settings)
        wait = throttle.take(limits)
    if wait:
        raise LoginLocked(retry_after=wait, wait=clock.lasting(wait))
    try:
        matched = passwords.matches(password, user.password_hash if user else None)
    except Busy:
        _give_back(limits)
        raise
    if not matched or user is None or not user.is_active:
        raise LoginRefused
    with db.transaction():
        login = open_session(_still(user), kind=kind, address=address, settings=settings)
        account, network = limits
        throttle.forget(account.key)
        throttle.give_back(network.key)
        return login


def unlock(*, user: User) -> None:
    """Let somebody who was locked out try again at once."""
    throttle.forget(_account_key(user.id))
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


def _give_back(limits: tuple[Limit, Limit]) -> None:
    with db.statement():
        for limit in limits:
            throttle.give_back(limit.key)


def _account_key(user_id: int) -> str:
    return f"login:account:{user_id}:"


def _still(user: User) -> User:
    """The user as verified, who can be neither deactivated nor given another password until the session is there."""
    same = (User.id == user.id, User.password_hash == user.password_hash, User.is_active)
    found = db.session().scalar(select(User).where(*same).with_for_update(read=True))
    if found is None:
        raise LoginRefused
    return found
