"""Who is in a segment is asked anew each time, and counted exactly."""

from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.customers.queries import audience
from tests.api.conftest import AsRole
from tests.api.letters import told
from tests.api.made import store
from tests.api.made_customers import SEGMENTS, at, customer, previewed, segment
from tests.callers import Caller

NEW = {"type": "joined_within", "days": 30}
ORDERED = {"type": "ordered", "at_least": 3, "within_days": 90}
SPENT = {"type": "spent", "at_least": "100.00"}
BOUGHT = "UPDATE customers SET orders = %s, spend = %s, last_order_at = clock_timestamp() - %s * interval '1 day'"


@pytest.fixture
def ada(staff: Caller) -> int:
    """The id of a customer who just joined and never ordered."""
    made: int = customer(staff)["id"]
    return made


@pytest.mark.parametrize(
    ("rule", "moved", "found"),
    [
        (NEW, "joined_at = clock_timestamp() - interval '29.99 days'", True),
        (NEW, "joined_at = clock_timestamp() - interval '30.01 days'", False),
        (SPENT, "spend = 100", True),
        (SPENT, "spend = 99.99", False),
        (ORDERED, "orders = 3, last_order_at = clock_timestamp() - interval '89.99 days'", True),
        (ORDERED, "orders = 3, last_order_at = clock_timestamp() - interval '90.01 days'", False),
        (ORDERED, "orders = 2, last_order_at = clock_timestamp()", False),
        (ORDERED, "orders = 0, last_order_at = NULL", False),
    ],
)
def test_a_rule_holds_up_to_its_bound(  # noqa: PLR0917 - fixtures and cases
    staff: Caller, ada: int, sql: Any, rule: Any, moved: str, found: bool
) -> None:
    sql.execute(f"UPDATE customers SET {moved}")  # noqa: S608 - written above
    assert previewed(staff, rule) == [ada] * found
    made = segment(staff, "Made", rule)
    assert staff.get(at(made, "/preview")).json["count"] == int(found)


@pytest.mark.parametrize(("match", "found"), [("all", False), ("any", True)])
def test_all_or_any_of_the_rules_must_hold(staff: Caller, ada: int, match: str, found: bool) -> None:
    assert previewed(staff, NEW, SPENT, match=match) == [ada] * found


@pytest.mark.parametrize(
    ("shop", "at_home", "km", "found"),
    [
        ((52.52, 13.405), (52.52, 13.405), 0.01, True),
        ((52.52, 13.405), (52.53, 13.405), 1.0, False),
        ((52.52, 13.405), (52.53, 13.405), 1.2, True),
        ((-18.0, 179.99), (-18.0, -179.99), 3.0, True),
        ((-18.0, -179.99), (-18.0, 179.99), 3.0, True),
        ((-18.0, -179.99), (-18.0, 179.99), 2.0, False),
        ((90.0, 0.0), (89.99, 135.0), 2.0, True),
        ((-89.99, 0.0), (-89.99, 180.0), 3.0, True),
        ((0.0, 0.0), (0.0, 180.0), 20_100, True),
        ((0.0, 0.0), (1e-170, -1e-320), 1.0, True),
        ((5e-324, 1e-170), (0.0, 0.0), 1.0, True),
    ],
)
def test_near_is_a_distance_on_the_sphere(
    staff: Caller, shop: tuple[float, float], at_home: tuple[float, float], km: float, found: bool
) -> None:
    there = store(staff, latitude=shop[0], longitude=shop[1])
    ada = customer(staff, latitude=at_home[0], longitude=at_home[1])
    customer(staff, username="nowhere")
    rule = {"type": "near_store", "store_id": there["id"], "km": km}
    assert previewed(staff, rule) == [ada["id"]] * found


def test_a_preview_counts_all_and_shows_ten(staff: Caller, ada: int, sql: Any) -> None:
    made = [customer(staff, username=f"buyer{number}")["id"] for number in range(11)]
    answer = staff.post(f"{SEGMENTS}/preview", json={"rules": {"match": "all", "rules": [NEW]}}).json
    assert answer["count"] == 12
    sample = [row["id"] for row in answer["sample"]]
    assert len(set(sample)) == 10
    assert set(sample) <= {ada, *made}
    assert answer["sample"][0].keys() == {"id", "username", "first_name", "last_name"}
    sql.execute(
        "SELECT %s::timestamptz BETWEEN clock_timestamp() - interval '1 min' AND clock_timestamp()",
        [answer["server_time"]],
    )
    assert sql.fetchone() == (True,)


def test_only_active_customers_count(staff: Caller, ada: int, as_role: AsRole) -> None:
    by_hand = segment(staff)
    staff.post(at(by_hand, "/members"), json={"customer_ids": [ada]})
    assert staff.get(at(by_hand, "/preview")).json["count"] == 1
    as_role("admin").patch(f"/api/v1/users/{ada}", json={"is_active": False})
    assert staff.get(at(by_hand, "/preview")).json["count"] == 0
    assert previewed(staff, NEW) == []


def test_an_audience_is_everybody_or_who_is_in_one_of_the_segments(
    staff: Caller, ada: int, sql: Any, app: HoldfastApp
) -> None:
    bea, carla = (customer(staff, username=name)["id"] for name in ("bea", "carla"))
    rich, regulars = segment(staff, "Rich", SPENT)["id"], segment(staff)["id"]
    sql.execute("UPDATE customers SET spend = 100 WHERE id = %s", [bea])
    staff.post(f"{SEGMENTS}/{regulars}/members", json={"customer_ids": [carla]})
    cases: dict[Any, set[int]] = {
        None: {ada, bea, carla},
        (rich,): {bea},
        (regulars,): {carla},
        (rich, regulars): {bea, carla},
        (regulars + 1,): set(),
        (): set(),
    }
    with app.app_context():
        for chosen, expected in cases.items():
            found: list[int] = list(db.session().scalars(audience.ids(chosen)))
            assert set(found) == expected, chosen
            fresh = {each for each in (ada, bea, carla) if audience.matches(each, chosen)}
            assert fresh == expected, chosen


def test_a_preview_writes_nothing(staff: Caller, ada: int, app: HoldfastApp) -> None:
    before = told(app, "SELECT count(*) FROM audit_log")
    previewed(staff, NEW)
    assert told(app, "SELECT count(*) FROM audit_log") == before
