"""Reading kept lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from app.console.models import SavedView
from app.core.db import session
from app.identity.models import User

V, USERS = SavedView.__table__.c, User.__table__.c
MOST_SHOWN = 100


def views(path: str, *, user_id: int) -> Sequence[Any]:
    """What somebody keeps of a list, and what others share, by name."""
    own = (V.user_id == user_id).label("is_own")
    found = select(*V, own, USERS.username).join(User, USERS.id == V.user_id).where(V.list == path)
    mine = found.where(or_(V.user_id == user_id, V.is_shared))
    return session().execute(mine.order_by(own.desc(), func.lower(V.name), V.id).limit(MOST_SHOWN)).all()


def count(path: str, *, user_id: int) -> int:
    """How many views of a list somebody keeps."""
    return session().scalar(select(func.count()).where(V.user_id == user_id, V.list == path)) or 0
