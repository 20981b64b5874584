"""Rules as SQL find whom the same rules in plain Python find."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.core import db
from app.core.geo import distance_km
from app.core.web import HoldfastApp
from app.customers.queries import audience

EDGE, DAY = 1e-6, 86_400
LATITUDES = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.999, 0.0, 89.999, 90.0]))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.999, 0.0, 179.999, 180.0]))
PLACES = st.tuples(LATITUDES, LONGITUDES)
HOMES = PLACES.map(lambda place: (round(place[0], 7), round(place[1], 7)))
KM = st.one_of(st.floats(0.01, 50), st.floats(0.01, 20_100))
# Days with a half, so that no customer stands on the bound of a rule while the clock runs on.
AGES = st.integers(0, 60).map(lambda days: days + 0.5)


@dataclass(frozen=True)
class Buyer:
    """A customer as the rules see them; times as days ago."""

    joined: float
    orders: int
    spend: Decimal
    last_order: float | None
    place: tuple[float, float] | None


def fits(buyer: Buyer, rule: dict[str, Any], shop: tuple[float, float]) -> bool:
    if rule["type"] == "joined_within":
        return bool(buyer.joined < rule["days"])
    if rule["type"] == "ordered":
        lately = buyer.last_order is not None and buyer.last_order < rule["within_days"]
        return bool(lately and buyer.orders >= rule["at_least"])
    if rule["type"] == "spent":
        return buyer.spend >= Decimal(rule["at_least"])
    return buyer.place is not None and distance_km(*buyer.place, *shop) <= rule["km"]


BUYERS = st.builds(Buyer, AGES, st.integers(0, 5), st.decimals(0, 200, places=2), st.none() | AGES, st.none() | HOMES)
RULES = st.one_of(
    st.builds(lambda days: {"type": "joined_within", "days": days}, st.integers(1, 60)),
    st.builds(
        lambda least, days: {"type": "ordered", "at_least": least, "within_days": days},
        st.integers(1, 5),
        st.integers(1, 60),
    ),
    st.builds(lambda least: {"type": "spent", "at_least": str(least)}, st.decimals("0.01", 200, places=2)),
    st.builds(lambda km: {"type": "near_store", "store_id": 1, "km": km}, KM),
)
FILLED = text("""
    INSERT INTO customers (id, joined_at, orders, spend, last_order_at, latitude, longitude)
    VALUES (
        :id, clock_timestamp() - make_interval(secs => :joined), :orders, :spend,
        clock_timestamp() - make_interval(secs => :last_order), :latitude, :longitude
    )
""")


@pytest.fixture(scope="module")
def session(app: HoldfastApp) -> Iterator[Any]:
    """A session that sees customers of its own, which are undone afterwards."""
    with app.app_context():
        made = db.session()
        made.execute(text("SET LOCAL session_replication_role = replica"))
        yield made
        made.rollback()


def filled(session: Any, buyers: list[Buyer]) -> None:
    """Nobody but these customers, whose ids count from 1."""
    session.execute(text("DELETE FROM customers"))
    for number, buyer in enumerate(buyers, 1):
        latitude, longitude = buyer.place or (None, None)
        ago = {"joined": buyer.joined * DAY, "last_order": buyer.last_order and buyer.last_order * DAY}
        facts = {"id": number, "orders": buyer.orders, "spend": buyer.spend}
        session.execute(FILLED, facts | ago | {"latitude": latitude, "longitude": longitude})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BUYERS, min_size=1, max_size=6), st.lists(RULES, min_size=1, max_size=4), PLACES, st.booleans())
def test_rules_as_sql_find_whom_they_find_in_python(
    session: Any, buyers: list[Buyer], rules: list[dict[str, Any]], shop: tuple[float, float], every: bool
) -> None:
    distances = [distance_km(*buyer.place, *shop) for buyer in buyers if buyer.place]
    kms = [rule["km"] for rule in rules if "km" in rule]
    assume(not any(abs(distance - km) < EDGE for distance in distances for km in kms))
    filled(session, buyers)
    meant = {"match": "all" if every else "any", "rules": rules}
    found = session.scalars(select(audience.C.id).where(audience.ruled(meant, {1: shop})))
    together = all if every else any
    expected = {n for n, buyer in enumerate(buyers, 1) if together(fits(buyer, rule, shop) for rule in rules)}
    assert set(found) == expected


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLACES, st.floats(0.01, 100), st.floats(-1, 1), st.floats(-1, 1))
def test_who_lives_about_as_far_as_the_rule_says_is_found_when_nearer(
    session: Any, shop: tuple[float, float], km: float, up: float, right: float
) -> None:
    reach = km / 111
    latitude, longitude = shop[0] + up * reach, shop[1] + right * reach
    home = (round(min(90, max(-90, latitude)), 7), round((longitude + 180) % 360 - 180, 7))
    distance = distance_km(*home, *shop)
    assume(abs(distance - km) > EDGE)
    filled(session, [Buyer(0.5, 0, Decimal(0), None, home)])
    rule = {"match": "all", "rules": [{"type": "near_store", "store_id": 1, "km": km}]}
    found = session.scalars(select(audience.C.id).where(audience.ruled(rule, {1: shop}))).all()
    assert bool(found) == (distance <= km)
