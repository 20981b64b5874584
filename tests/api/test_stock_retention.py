"""What is old is forgotten in batches; the sums of movements equal the counters before, meanwhile and after."""

from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.inventory.service import retention
from tests.api.conftest import AsRole
from tests.api.letters import told, work
from tests.api.made import PRODUCTS, RESERVATIONS, held, product, stock, store
from tests.api.parallel import at_once, rows
from tests.callers import Caller

FOLD, HOLDS, KEYS = "inventory.fold_movements", "inventory.forget_holds", "inventory.forget_row_keys"
BREACHES = """
    SELECT s.product_id FROM product_stock AS s LEFT JOIN stock_movements AS m USING (product_id)
    GROUP BY s.product_id HAVING s.available <> coalesce(sum(m.available_delta), 0)
        OR s.reserved <> coalesce(sum(m.reserved_delta), 0)
"""


@pytest.fixture
def tea(staff: Caller) -> int:
    """A product with five units."""
    return int(product(staff)["id"])


def run(app: HoldfastApp, name: str) -> Any:
    """Ask for the job and for what it asks for itself, until nothing is left; the sum of what each run did."""
    told(app, "DELETE FROM jobs")
    told(app, "INSERT INTO jobs (name, args, request_id) VALUES (%s, '{}', 'x')", name)
    done = 0
    for _ in range(30):
        told(app, "UPDATE jobs SET request_id = 'now'")
        done += sum(work(app, name))
        told(app, "DELETE FROM jobs WHERE request_id = 'now'")
    assert told(app, "SELECT 1 FROM jobs") == []
    return done


def adjusted(staff: Caller, product_id: int, *deltas: int) -> None:
    for delta in deltas:
        answer = staff.post(f"{PRODUCTS}/{product_id}/stock-adjustments", json={"delta": delta, "reason": "count"})
        assert answer.status_code == 201, answer.text


def kinds(staff: Caller, product_id: int) -> list[tuple[str, int]]:
    listed = staff.get(f"{PRODUCTS}/{product_id}/stock-movements").json["data"]
    return [(row["kind"], row["available_delta"]) for row in listed]


def age(app: HoldfastApp, days: int = 400) -> None:
    """Everything there is happened so long ago."""
    told(app, "UPDATE stock_movements SET at = at - make_interval(days => %s)", days)


def test_old_movements_become_one_that_stays_the_oldest(app: HoldfastApp, staff: Caller, tea: int) -> None:
    adjusted(staff, tea, 3, -1)
    age(app)
    adjusted(staff, tea, 10)
    assert run(app, FOLD) == 1
    assert kinds(staff, tea) == [("adjusted", 10), ("carried", 7)]
    assert told(app, BREACHES) == []
    assert run(app, FOLD) == 0
    age(app)
    adjusted(staff, tea, 1)
    assert run(app, FOLD) == 1
    assert kinds(staff, tea) == [("adjusted", 1), ("carried", 17)]
    assert stock(staff, tea) == (18, 18, 0)
    assert told(app, BREACHES) == []


def test_young_movements_stay(app: HoldfastApp, staff: Caller, tea: int) -> None:
    adjusted(staff, tea, 3)
    age(app, 364)
    assert run(app, FOLD) == 0
    assert kinds(staff, tea) == [("adjusted", 3), ("created", 5)]


def test_many_old_movements_are_folded_in_batches(
    app: HoldfastApp, staff: Caller, tea: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    monkeypatch.setattr(retention, "PRODUCTS_AT_ONCE", 1)
    other = product(staff, sku="OTHER", store_id=store(staff)["id"])["id"]
    adjusted(staff, tea, 1, 2, 3, 4, 5, 6)
    adjusted(staff, other, 1)
    age(app)
    assert run(app, FOLD) > 2
    assert (kinds(staff, tea), kinds(staff, other)) == ([("carried", 26)], [("carried", 6)])
    assert told(app, BREACHES) == []


def test_sums_hold_while_folds_and_sales_run_side_by_side(app: HoldfastApp, staff: Caller, tea: int) -> None:
    adjusted(staff, tea, *range(1, 20))
    age(app)

    def act(number: int) -> Any:
        if number % 2:
            with db.transaction():
                retention.fold_movements(days=365)
            return rows(BREACHES)
        client = Caller(app.test_client(), staff.user_id, staff.username, staff.token)
        adjusted(client, tea, 1, 1, 1)
        return rows(BREACHES)

    assert at_once(app, 8, act) == [[]] * 8
    run(app, FOLD)
    assert told(app, BREACHES) == []
    assert stock(staff, tea)[0] == 5 + 190 + 12


def test_reservations_that_ended_long_ago_are_forgotten_in_batches(
    app: HoldfastApp, as_role: AsRole, tea: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    anna = as_role("customer")
    places = [held(anna, tea).headers["Location"] for _ in range(5)]
    for place in places[:4]:
        anna.delete(place)
    told(app, "UPDATE stock_holds SET ended_at = ended_at - interval '91 days' WHERE state <> 'held'")
    anna.delete(held(anna, tea).headers["Location"])
    told(app, "UPDATE stock_holds SET created_at = created_at - interval '91 days' WHERE state = 'held'")
    assert run(app, HOLDS) == 4
    assert sorted(row["status"] for row in anna.get(RESERVATIONS).json["data"]) == ["held", "released"]


def test_keys_of_rows_that_were_applied_long_ago_are_forgotten(app: HoldfastApp, clean: None) -> None:
    for key, days in (("old", 366), ("new", 364)):
        aged = "INSERT INTO imported_rows VALUES (%s, 1, 1, clock_timestamp() - make_interval(days => %s))"
        told(app, aged, key, days)
    assert run(app, KEYS) == 1
    assert told(app, "SELECT row_key FROM imported_rows") == [("new",)]
