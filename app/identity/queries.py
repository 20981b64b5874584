"""Reading users and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Interval, Select, and_, bindparam, func, or_, select

from app.core import db
from app.core.context import Preferences, Principal
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.core.prepared import Prepared
from app.core.roles import STAFF, Role
from app.identity.errors import UserNotFound
from app.identity.models import Session, User

USERS, SESSIONS = User.__table__.c, Session.__table__.c

_WHO = (
    select(USERS.id, USERS.username, USERS.role, SESSIONS.id.label("sid"))
    .where(SESSIONS.user_id == USERS.id, SESSIONS.ended_at.is_(None))
    .where(SESSIONS.expires_at > func.clock_timestamp(), USERS.is_active)
)
_BY_SESSION = Prepared(
    _WHO.where(
        SESSIONS.id == bindparam("wanted"),
        func.to_timestamp(bindparam("token_ends", type_=BigInteger)) > func.clock_timestamp(),
    )
)
# The preferences of a console page come with who asks for it; programs have none.
_BY_TOKEN = Prepared(
    _WHO.add_columns(
        USERS.zone,
        USERS.theme,
        USERS.shortcuts,
        (SESSIONS.expires_at < func.clock_timestamp() + bindparam("half", type_=Interval)).label("is_due"),
    ).where(SESSIONS.token_hash == bindparam("wanted"))
)

SHOWN_SESSIONS = 50
_UNASKED = Preferences()
_LIVE_OF = select(SESSIONS.id, SESSIONS.kind, SESSIONS.created_at, SESSIONS.address).where(
    SESSIONS.user_id == bindparam("wanted"), SESSIONS.ended_at.is_(None), SESSIONS.expires_at > func.clock_timestamp()
)

# Ids are given in the order of joining. Whatever the order, a page is read along one index.
_SORT_NAME = func.lower(USERS.username)
ORDERINGS = {
    "newest": Ordering("users:newest", (USERS.id,), ("id",), descending=True),
    "oldest": Ordering("users:oldest", (USERS.id,), ("id",)),
    "username": Ordering("users:username", (_SORT_NAME,), ("sort_name",)),
}
_LAST_SIGNED_IN = select(func.max(SESSIONS.created_at)).where(SESSIONS.user_id == USERS.id).scalar_subquery()
_SHOWN = select(
    *(column for column in USERS if column is not USERS.password_hash),
    USERS.email_verified_at.is_not(None).label("email_verified"),
    _LAST_SIGNED_IN.label("last_signed_in_at"),
    _SORT_NAME.label("sort_name"),
)
_NAMES = (func.lower(USERS.first_name), func.lower(USERS.last_name))


@dataclass(frozen=True)
class UserFilter:
    """Which users are meant."""

    q: str | None = None
    role: str | None = None
    is_active: bool | None = None


def user(user_id: int) -> Any:
    """One user as a row, with when they signed in last."""
    found = db.session().execute(_SHOWN.where(USERS.id == user_id)).first()
    if found is None:
        raise UserNotFound(user_id=user_id)
    return found


def page(which: UserFilter, *, ordering: str, limit: int, cursor: str | None) -> Page:
    """One page of users."""
    order = ORDERINGS[ordering]
    rows = db.session().execute(paged(_filtered(_SHOWN, which), order, limit=limit, cursor=cursor)).all()
    return page_of(rows, order, limit)


def count(which: UserFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return db.session().scalar(counted(_filtered(select(USERS.id), which))) or 0


def _filtered(statement: Select[Any], which: UserFilter) -> Select[Any]:
    if which.role:
        statement = statement.where(USERS.role == which.role)
    if which.is_active is not None:
        statement = statement.where(USERS.is_active == which.is_active)
    return statement.where(_begins_with(which.q.lower())) if which.q else statement


def _begins_with(text: str) -> ColumnElement[bool]:
    """Everybody by username or address, staff also by name: each of the three by an index, however many customers."""
    by_name = or_(*(name.startswith(text, autoescape=True) for name in _NAMES))
    keys = (_SORT_NAME, func.lower(USERS.email))
    return or_(*(key.startswith(text, autoescape=True) for key in keys), and_(USERS.role.in_(STAFF), by_name))


def user_by_name(name: str) -> User | None:
    """The user with this username, or with this address when it holds an @."""
    column = User.email if "@" in name else User.username
    return db.session().scalar(select(User).where(func.lower(column) == func.lower(name)))


def ids_beginning(text: str, *, most: int) -> Sequence[int]:
    """The users whose username or address begins so, so many at most."""
    keys = (_SORT_NAME, func.lower(USERS.email))
    found = select(USERS.id).where(or_(*(key.startswith(text.lower(), autoescape=True) for key in keys)))
    return db.session().scalars(found.limit(most)).all()


def account(user_id: int) -> User:
    """The user of a live session, who is therefore there."""
    return db.session().get_one(User, user_id)


def live_sessions(user_id: int) -> Sequence[Any]:
    """Where a user is signed in, newest first; a program that signs in every minute fills no page."""
    live = _LIVE_OF.order_by(SESSIONS.created_at.desc()).limit(SHOWN_SESSIONS)
    return db.session().execute(live, {"wanted": user_id}).all()


def live_count(user_id: int) -> int:
    """How many sessions of a user there are to end."""
    how_many = select(func.count()).select_from(_LIVE_OF.subquery())
    return db.session().scalar(how_many, {"wanted": user_id}) or 0


def signed_in_from(user_id: int, address: str) -> bool:
    """Whether this user signed in from this address lately."""
    lately = Session.created_at > func.clock_timestamp() - timedelta(days=30)
    known = select(Session.id).where(Session.user_id == user_id, Session.address == address, lately)
    return bool(address) and db.session().scalar(select(known.exists())) is True


def active_admins() -> Sequence[User]:
    """Everybody who answers for this deployment."""
    admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
    return db.session().scalars(admins).all()


def principal_by_session(session_id: UUID, token_ends: int) -> Principal | None:
    """Who has this live session, while the token that names it has not expired either."""
    return _principal(_BY_SESSION.first(wanted=session_id, token_ends=token_ends))


def principal_by_token(token_hash: str, half: timedelta) -> tuple[Principal | None, bool]:
    """Who has the live session with this cookie, and whether less than half of its time is left."""
    row = _BY_TOKEN.first(wanted=token_hash, half=half)
    preferences = Preferences(row.zone, row.theme, row.shortcuts) if row else Preferences()
    return _principal(row, preferences), bool(row and row.is_due)


def _principal(row: Any, preferences: Preferences = _UNASKED) -> Principal | None:
    return Principal(row.id, row.username, Role(row.role), str(row.sid), preferences) if row else None
