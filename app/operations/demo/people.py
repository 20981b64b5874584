"""Demo customers: believable names, places around the stores, and counters that stand for a history of orders.

The orders themselves are not there; only what `customers` keeps of them is, so that segments have somebody to select.
Nobody signs in as one of them: they have no password.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from random import Random

from sqlalchemy import text

from app.core import db
from app.operations.demo.names import FIRST_NAMES, LAST_NAMES
from app.operations.demo.places import Place
from app.operations.demo.rows import NOTHING, copied, fresh_ids

TWO_YEARS = 730 * 86_400
SPREAD_DEGREES, NEAR_DEGREES = 0.04, 0.02
USERS = "id, username, email, password_hash, role, is_active, created_at, first_name, last_name, email_verified_at"
CUSTOMERS = (
    "id, joined_at, is_active, latitude, longitude, in_app_opt_in, email_opt_in, orders, spend, last_order_at,"
    " updated_at"
)
_HOMES = text("""
    UPDATE customers SET latitude = :latitude, longitude = :longitude
    FROM users WHERE users.id = customers.id AND username = ANY (:names)
""")
_SCATTER = text("""
    UPDATE customers SET latitude = home.latitude, longitude = home.longitude FROM unnest(
        CAST(:ids AS bigint[]), CAST(:latitudes AS double precision[]), CAST(:longitudes AS double precision[])
    ) AS home (id, latitude, longitude) WHERE customers.id = home.id
""")

Row = tuple[object, ...]


@dataclass(frozen=True)
class Crowd:
    """Around which stores a crowd of customers lives, seen from which moment."""

    around: Sequence[Place]
    seen_at: datetime
    chance: Random


def enrol(numbers: range, crowd: Crowd) -> list[int]:
    """The ids of customers that were just made."""
    ids = fresh_ids("users", len(numbers))
    both = [_person(number, user_id, crowd) for number, user_id in zip(numbers, ids, strict=True)]
    copied("users", USERS, (user for user, _ in both))
    copied("customers", CUSTOMERS, (customer for _, customer in both))
    return ids


def settle(usernames: Iterable[str], place: Place) -> None:
    """Give the demo logins a home beside a store."""
    home = {"latitude": place.latitude + 0.004, "longitude": place.longitude + 0.004}
    db.session().execute(_HOMES, {"names": list(usernames), **home})


def scatter(user_ids: Sequence[int], latitude: float, longitude: float, chance: Random) -> None:
    """Give customers homes around a place, most of them within a few kilometres."""
    north = [latitude + chance.gauss(0, NEAR_DEGREES) for _ in user_ids]
    east = [longitude + chance.gauss(0, NEAR_DEGREES) / cos(radians(latitude)) for _ in user_ids]
    homes = {"latitudes": north, "longitudes": [(each + 180) % 360 - 180 for each in east]}
    db.session().execute(_SCATTER, {"ids": list(user_ids), **homes})


def _person(number: int, user_id: int, crowd: Crowd) -> tuple[Row, Row]:
    draw = crowd.chance.random
    first, last = FIRST_NAMES[int(draw() * len(FIRST_NAMES))], LAST_NAMES[int(draw() * len(LAST_NAMES))]
    name = f"{first.lower()}.{last.lower()}{number + 1}"
    ago = int(draw() * TWO_YEARS)
    joined, is_active = crowd.seen_at - timedelta(seconds=ago), draw() > 0.01
    verified = joined if draw() < 0.8 else NOTHING
    user = (user_id, name, f"{name}@mail.example", "", "customer", is_active, joined, first, last, verified)
    opted = (draw() < 0.9, draw() < 0.35)
    return user, (user_id, joined, is_active, *_home(crowd), *opted, *_history(ago, crowd), joined)


def _home(crowd: Crowd) -> tuple[object, object]:
    """Within a few kilometres of a store; one in twelve has not told where."""
    chance = crowd.chance
    if chance.random() < 1 / 12:
        return NOTHING, NOTHING
    near = crowd.around[int(chance.random() * len(crowd.around))]
    latitude = near.latitude + chance.gauss(0, SPREAD_DEGREES)
    longitude = near.longitude + chance.gauss(0, SPREAD_DEGREES) / cos(radians(near.latitude))
    return round(latitude, 5), round((longitude + 180) % 360 - 180, 5)


def _history(ago: int, crowd: Crowd) -> Iterator[object]:
    """How many orders, what they came to, when the last one was."""
    draw = crowd.chance.random
    orders = int(draw() ** 3 * 24)
    yield orders
    yield f"{orders * (12 + draw() * 80):.2f}"
    yield crowd.seen_at - timedelta(seconds=int(ago * draw() ** 2)) if orders else NOTHING
