"""Customers with a session each, as many as a race or a measurement needs; made by COPY, kept for the next time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app

from app.core.ids import uuid7
from app.core.web import settings_of
from app.identity.models import Session, User
from app.identity.service import sessions
from app.identity.service.sessions import Login
from app.identity.tokens import access_token
from app.operations import queries
from app.operations.demo.rows import copied, fresh_ids

PREFIX = "racer-"


@dataclass(frozen=True)
class Buyer:
    """Somebody who can ask for a unit."""

    id: int
    name: str
    session_id: UUID
    token: str


def signed_in(many: int, *, prefix: str = PREFIX) -> list[Buyer]:
    """So many customers, each with a session of their own."""
    there, names, now = queries.customers_named(prefix), [f"{prefix}{n:05}" for n in range(1, many + 1)], queries.now()
    there |= _made([name for name in names if name not in there], now)
    lifetime = sessions.lifetime("api", settings_of(current_app))
    made = list(_with_sessions({name: there[name] for name in names}, now))
    rows = ((buyer.session_id, buyer.id, "api", now + lifetime, buyer.session_id.hex) for buyer in made)
    copied("sessions", "id, user_id, kind, expires_at, seed", rows)
    return made


def sign_out(buyers: list[Buyer]) -> None:
    """End those sessions."""
    sessions.end_sessions(Session.id.in_([buyer.session_id for buyer in buyers]))


def _made(names: list[str], now: datetime) -> dict[str, int]:
    ids = dict(zip(names, fresh_ids("users", len(names)), strict=True))
    users = ((number, name, f"{name}@mail.example", "", "customer", now) for name, number in ids.items())
    copied("users", "id, username, email, password_hash, role, created_at", users)
    copied("customers", "id, joined_at", ((number, now) for number in ids.values()))
    return ids


def _with_sessions(named: dict[str, int], now: datetime) -> Iterator[Buyer]:
    for name, number in named.items():
        user, session_id = User(id=number, username=name, role="customer"), uuid7()
        token = access_token(Login(user, session_id, 0, now - timedelta(seconds=1), ""))
        yield Buyer(number, name, session_id, token)
