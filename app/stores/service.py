"""Stores are opened, changed and closed; each change is audited and moves the cached lists on."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from app.audit import service as audit
from app.core import cache, db, versions
from app.core.bulk import Outcome
from app.core.events import publish
from app.core.references import refuse_if_used
from app.stores.errors import StoreNotFound
from app.stores.events import StoreMoved, StoreSwitched
from app.stores.models import Store

CACHE = "stores"


def create_store(*, name: str, latitude: float, longitude: float, timezone: str, is_active: bool = True) -> Store:
    """Open a store."""
    facts = {"name": name, "latitude": latitude, "longitude": longitude, "timezone": timezone, "is_active": is_active}
    store = Store(**facts)
    db.session().add(store)
    db.flush()
    audit.record("store.created", object_type="store", object_id=store.id, new=facts)
    cache.changed(CACHE)
    return store


def update_store(*, store_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> Store:
    """Change what differs; nothing differs: nothing happens."""
    store = _locked(store_id, expected)
    if _apply(store, changes):
        cache.changed(CACHE)
    return store


def switch_stores(*, ids: Collection[int], is_active: bool) -> Outcome:
    """Show stores to customers, or hide them; those that are so already are left as they are."""
    mine = select(Store).where(Store.id.in_(ids)).order_by(Store.id).with_for_update()
    there = db.session().scalars(mine.execution_options(populate_existing=True)).all()
    switched = [store for store in there if _apply(store, {"is_active": is_active})]
    if switched:
        cache.changed(CACHE)
    already = f"{'active' if is_active else 'inactive'} already"
    return Outcome(len(switched), {already: len(there) - len(switched), "gone": len(ids) - len(there)})


def delete_store(*, store_id: int, expected: Collection[int] | None = None) -> None:
    """Remove a store that nothing refers to."""
    store = _locked(store_id, expected)
    refuse_if_used(Store, store.id)
    old = {name: getattr(store, name) for name in ("name", "latitude", "longitude", "timezone", "is_active")}
    db.session().delete(store)
    db.flush()
    audit.record("store.deleted", object_type="store", object_id=store_id, old=old)
    cache.changed(CACHE)


def _apply(store: Store, changes: dict[str, Any]) -> bool:
    """Whether anything differed."""
    old, new = versions.apply(store, changes)
    if not new:
        return False
    store.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    db.session().refresh(store)
    audit.record("store.updated", object_type="store", object_id=store.id, old=old, new=new)
    if "is_active" in new:
        publish(StoreSwitched(store.id))
    if {"latitude", "longitude"} & new.keys():
        publish(StoreMoved(store.id))
    return True


def _locked(store_id: int, expected: Collection[int] | None) -> Store:
    store = db.session().get(Store, store_id, with_for_update=True)
    if store is None:
        raise StoreNotFound(store_id=store_id)
    versions.refuse_stale(store, expected)
    return store
