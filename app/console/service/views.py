"""Keeping lists: one row for each, a new one under a name takes the place of the old one.

Data: `saved_views`. One transaction each; the owner's row is locked first, so that two saves at once keep the bound. A
save that runs twice writes the same row again; one that dies before its commit leaves nothing. What is shared is
others' matter too, so it is audited; what somebody keeps for themselves is nobody else's business.
"""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.console.errors import TooManyViews, ViewNotFound
from app.console.models import SavedView
from app.console.queries import views as queries
from app.core.db import session
from app.identity.models import User

MOST_OF_A_LIST = 20


def save(*, user_id: int, path: str, name: str, query: str, is_shared: bool) -> None:
    """Keep a list with this filter under this name."""
    session().execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    before = _named(user_id, path, name)
    if before is None and queries.count(path, user_id=user_id) >= MOST_OF_A_LIST:
        raise TooManyViews(most=MOST_OF_A_LIST)
    kept = insert(SavedView).values(user_id=user_id, list=path, name=name, query=query, is_shared=is_shared)
    changes = {"name": name, "query": query, "is_shared": is_shared}
    key: list[Any] = [SavedView.user_id, SavedView.list, func.lower(SavedView.name)]
    view_id = session().scalar(kept.on_conflict_do_update(index_elements=key, set_=changes).returning(SavedView.id))
    if is_shared or (before is not None and before.is_shared):
        old = None if before is None else {"name": before.name, "query": before.query, "is_shared": before.is_shared}
        audit.record("view.saved", object_type="view", object_id=view_id, old=old, new=changes | {"list": path})


def forget(*, view_id: int, user_id: int, others_too: bool) -> SavedView:
    """Delete a view of one's own, or one that is shared if others' may be deleted too."""
    view = session().get(SavedView, view_id, with_for_update=True)
    if view is None or not (view.user_id == user_id or (view.is_shared and others_too)):
        raise ViewNotFound
    session().execute(delete(SavedView).where(SavedView.id == view_id))
    if view.is_shared:
        gone = {"list": view.list, "name": view.name, "query": view.query}
        audit.record("view.deleted", object_type="view", object_id=view_id, old=gone)
    return view


def _named(user_id: int, path: str, name: str) -> SavedView | None:
    same = SavedView.user_id == user_id, SavedView.list == path, func.lower(SavedView.name) == func.lower(name)
    return session().scalar(select(SavedView).where(*same))
