"""Callers with sessions of their own, made without the cost of a password."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from sqlalchemy import func

from app.core import context, db
from app.core.events import publish
from app.core.ids import uuid7
from app.core.roles import Role
from app.core.web import HoldfastApp, settings_of
from app.identity import passwords, queries, tokens
from app.identity.events import UserRegistered
from app.identity.models import Session, User
from app.identity.principals import COOKIE
from app.identity.service.sessions import Login, lifetime, token_hash
from app.promos.service import announcing
from tests.api.made import product
from tests.api.made_orders import breaches
from tests.callers import Caller

AsRole = Callable[..., Caller]
Choose = Callable[..., None]
DEMO_PASSWORD = "holdfast-demo"


@cache
def known_hash() -> str:
    """The hash of the password that the documentation shows; made once, for it is slow on purpose."""
    return passwords.hashed(DEMO_PASSWORD)


def opened(app: HoldfastApp, role: Role, username: str) -> tuple[Login, str]:
    """A live session of each kind: the login carries the cookie, the text is the bearer token."""
    with app.app_context(), context.surroundings(source="cli"), db.transaction():
        user = queries.user_by_name(username) or _made(username, role)
        return lasting(app, user, "console", uuid7().hex), tokens.access_token(lasting(app, user, "api"))


def _made(username: str, role: Role) -> User:
    """A user whom nobody made; the domains that wait for new users hear of them all the same."""
    user = User(username=username, email=f"{username}@example.test", password_hash=known_hash(), role=role)
    db.session().add(user)
    db.flush()
    publish(UserRegistered(user.id))
    return user


def lasting(app: HoldfastApp, user: User, kind: str, token: str | None = None) -> Login:
    """A session for which nobody signed in, so that the audit log begins with what a test does."""
    ends_at = func.clock_timestamp() + lifetime(kind, settings_of(app))
    made = Session(id=uuid7(), user_id=user.id, kind=kind, token_hash=token_hash(token) if token else None)
    made.expires_at = ends_at
    db.session().add(made)
    db.flush()
    db.session().refresh(made)
    return Login(user, made.id, 0, made.created_at, token or "")


@pytest.fixture
def as_role(app: HoldfastApp, clean: None) -> AsRole:
    """A maker of callers; the client carries the console's cookie, `call` sends the bearer token."""

    def make(role: Role | str, username: str | None = None) -> Caller:
        login, token = opened(app, Role(role), username or str(role))
        client = app.test_client()
        client.set_cookie(COOKIE, login.token, path="/console")
        return Caller(client, login.user.id, login.user.username, token)

    return make


@pytest.fixture
def staff(as_role: AsRole) -> Caller:
    """An operator."""
    return as_role(Role.OPERATOR)


@pytest.fixture
def anna(as_role: AsRole) -> Caller:
    """A customer."""
    return as_role(Role.CUSTOMER, "anna")


@pytest.fixture
def bert(as_role: AsRole) -> Caller:
    """Another customer."""
    return as_role(Role.CUSTOMER, "bert")


@pytest.fixture
def tea(staff: Caller) -> int:
    """A product with five units at 19.90."""
    return int(product(staff)["id"])


@pytest.fixture
def ten_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A range of an announcement has ten customers."""
    monkeypatch.setattr(announcing, "TOLD_AT_ONCE", 10)


@pytest.fixture
def choose(app: HoldfastApp) -> Iterator[Choose]:
    """Sets settings until the test is over."""
    with pytest.MonkeyPatch.context() as patch:
        own = settings_of(app)

        def chosen(**more: Any) -> None:
            patch.setitem(app.extensions, "holdfast.settings", replace(own, **more))

        yield chosen


@pytest.fixture
def sound(app: HoldfastApp, clean: None) -> Iterator[None]:
    """Whatever a test does, the books of stock, orders and money are right afterwards."""
    yield
    assert breaches(app) == []
