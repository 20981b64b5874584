"""Whom a promo is for: active customers in its segments and near enough to its store, asked anew each time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import reading_all, session
from app.customers.errors import SegmentNotFound
from app.customers.models import Customer
from app.customers.queries import audience, segments
from app.identity.models import User
from app.inventory import queries as inventory
from app.promos.queries.promos import promo
from app.stores import queries as stores

C, USERS = Customer.__table__.c, User.__table__.c


@dataclass(frozen=True)
class Audience:
    """Whom a promo is for: customers of these segments (None: any), so far from a place (None: anywhere)."""

    segment_ids: Collection[int] | None
    max_distance_km: float | None
    latitude: float
    longitude: float


def audience_of(promo_id: int) -> Audience:
    """Whom this promo is for."""
    row = promo(promo_id)
    named = row.segment_ids if row.audience == "segments" else None
    return Audience(named, row.max_distance_km, row.store_latitude, row.store_longitude)


def audience_around(product_id: int, *, segment_ids: Collection[int] | None, max_distance_km: float | None) -> Audience:
    """Whom a promo of this product would be for."""
    store = stores.store(inventory.product(product_id, inactive_too=True).store_id, inactive_too=True)
    return Audience(segment_ids, max_distance_km, store.latitude, store.longitude)


def known_segments(segment_ids: Collection[int]) -> Collection[int]:
    """These segments; one that does not exist is refused."""
    missing = set(segment_ids) - {segment.id for segment in segments.named(segment_ids)}
    if missing:
        raise SegmentNotFound(segment_id=min(missing))
    return segment_ids


def customer_ids(who: Audience) -> Select[tuple[int]]:
    """The ids of the customers of an audience."""
    found = audience.ids(who.segment_ids)
    if who.max_distance_km is None:
        return found
    return found.where(audience.near((who.latitude, who.longitude), who.max_distance_km))


def ids_between(who: Audience, *, after_id: int, to_id: int, limit: int) -> list[int]:
    """The first customers of an audience between two ids, in their order."""
    between = customer_ids(who).where(C.id > after_id, C.id <= to_id)
    return list(session().scalars(between.order_by(C.id).limit(limit)))


def cut(who: Audience, *, after_id: int, to_id: int, size: int) -> Sequence[Any]:
    """The last id and the number of customers of each part of so many, in one pass over an audience between two ids."""
    between = customer_ids(who).where(C.id > after_id, C.id <= to_id)
    numbered = between.add_columns(func.row_number().over(order_by=C.id).label("n")).subquery()
    part = (numbered.c.n - 1) // size
    parts = select(func.max(numbered.c.id).label("last_id"), func.count().label("customers")).group_by(part)
    with reading_all():
        return session().execute(parts.order_by(func.max(numbered.c.id))).all()


def counts(who: Audience) -> Any:
    """How many customers an audience has now, and how many of them can be told by which channel."""
    verified = (
        customer_ids(who).join(User, USERS.id == C.id).where(C.email_opt_in, USERS.email_verified_at.is_not(None))
    )
    found = customer_ids(who).with_only_columns(
        func.count().label("customers"),
        func.count().filter(C.in_app_opt_in).label("in_app"),
        select(func.count()).select_from(verified.subquery()).scalar_subquery().label("email"),
        func.clock_timestamp().label("server_time"),
        maintain_column_froms=True,
    )
    with reading_all():
        return session().execute(found).one()


def sample(who: Audience, *, limit: int = 10) -> Any:
    """Some customers of an audience."""
    some = customer_ids(who).limit(limit).subquery()
    shown = select(USERS.id, USERS.username, USERS.first_name, USERS.last_name).join(some, some.c.id == USERS.id)
    return session().execute(shown.order_by(USERS.id)).all()


def empty_segments(segment_ids: Collection[int]) -> list[int]:
    """Those of these segments that nobody is in now."""
    return [each for each in segment_ids if not session().scalar(select(audience.ids([each]).exists()))]
