"""What keeps the stock right when two sessions meet: each test fails without the one lock or check that it is about."""

import json
from typing import Any

import psycopg2
import pytest

from app.core import context, db
from app.core.ids import uuid7
from app.core.web import HoldfastApp
from app.inventory.service import holds
from tests.api.conftest import AsRole
from tests.api.interleaved import interleaved
from tests.api.made import held, product, stock, store
from tests.callers import Caller

WHO = '{"id": null, "name": "x", "role": null, "request_id": "r", "source": "api"}'
ADJUST = "SELECT (inventory_adjust(%s, NULL, %s, %s, 'adjusted', 'adjusted', 'x', %s)).total"
IMPORT = "SELECT inventory_import(%s, true, %s) -> 0 ->> 'outcome'"
RESERVE = "SELECT (inventory_reserve(%s, %s, %s, 1, 600, 1, %s)).state"
RELEASE = "SELECT inventory_release(%s, NULL, %s)"
RELEASE_MANY = "SELECT inventory_end(%s::uuid[], 'released', %s)"
EXPIRE = "SELECT inventory_end(%s::uuid[], 'expired', %s)"
LAPSE = "UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms'"


@pytest.fixture
def tea(staff: Caller) -> int:
    """A product with five units."""
    return int(product(staff)["id"])


@pytest.fixture
def anna(as_role: AsRole) -> Caller:
    """A customer."""
    return as_role("customer", "anna")


def imported(sku: str, set_to: int, key: str) -> tuple[str, list[Any]]:
    """A file of one row that expects five units."""
    row = {"line": 2, "sku": sku, "set_to": set_to, "expected": 5, "reason": "x", "row_key": key}
    return IMPORT, [json.dumps([row]), WHO]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("UPDATE product_stock SET available = -1, total = -1", "ck_product_stock_available"),
        ("UPDATE product_stock SET reserved = -1, total = 4", "ck_product_stock_reserved"),
        ("UPDATE product_stock SET total = 6", "ck_product_stock_sum"),
        ("UPDATE stock_holds SET quantity = 0", "ck_stock_holds_quantity"),
        ("UPDATE stock_holds SET state = 'gone', ended_at = clock_timestamp()", "ck_stock_holds_state"),
        ("UPDATE stock_holds SET state = 'released'", "ck_stock_holds_ended"),
        ("UPDATE stock_holds SET ended_at = clock_timestamp()", "ck_stock_holds_ended"),
        ("UPDATE products SET price = 0", "ck_products_price"),
        ("UPDATE products SET low_stock_threshold = -1", "ck_products_low_stock_threshold"),
    ],
)
def test_the_database_refuses_what_must_not_be(anna: Caller, tea: int, sql: Any, change: str, constraint: str) -> None:
    held(anna, tea)
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        sql.execute(change)
    assert refused.value.diag.constraint_name == constraint


def test_two_counts_of_the_same_total_are_not_both_kept(db_url: str, staff: Caller, tea: int) -> None:
    assert interleaved(db_url, (ADJUST, [tea, 8, 5, WHO]), (ADJUST, [tea, 9, 5, WHO])) == "stale_stock"
    assert stock(staff, tea) == (8, 8, 0)


def test_two_files_that_count_one_product_are_not_both_applied(db_url: str, staff: Caller, tea: int) -> None:
    assert interleaved(db_url, imported("TEA-250", 8, "k1"), imported("TEA-250", 9, "k2")) == "stale_stock"
    assert stock(staff, tea) == (8, 8, 0)


def test_a_row_key_that_another_file_is_applying_is_skipped(db_url: str, staff: Caller, tea: int) -> None:
    other = product(staff, sku="OTHER", store_id=store(staff)["id"])["id"]
    assert interleaved(db_url, imported("TEA-250", 8, "k1"), imported("OTHER", 9, "k1")) == "skipped"
    assert (stock(staff, tea)[0], stock(staff, other)[0]) == (8, 5)


def test_one_product_meant_by_two_rows_is_changed_by_neither(staff: Caller, tea: int, sql: Any) -> None:
    rows = [json.loads(str(imported(sku, 8, sku)[1][0]))[0] for sku in ("TEA-250", "tea-250")]
    sql.execute("SELECT inventory_import(%s, true, %s)", [json.dumps(rows), WHO])
    assert [row["outcome"] for row in sql.fetchone()[0]] == ["duplicate", "duplicate"]
    assert stock(staff, tea) == (5, 5, 0)


def test_a_customer_at_two_tills_holds_no_more_than_allowed(db_url: str, staff: Caller, anna: Caller, tea: int) -> None:
    other = product(staff, sku="OTHER", store_id=store(staff)["id"])["id"]
    first, second = ((RESERVE, [str(uuid7()), anna.user_id, at, WHO]) for at in (tea, other))
    assert interleaved(db_url, first, second) == "too_many_holds"
    assert stock(staff, other) == (5, 5, 0)


@pytest.mark.parametrize("many", [False, True], ids=["one by one", "many at once"])
def test_a_hold_that_is_being_released_is_not_released_twice(
    db_url: str, staff: Caller, anna: Caller, tea: int, many: bool
) -> None:
    mine, _ = (held(anna, tea, 2).json["id"] for _ in range(2))
    second = (RELEASE_MANY, [[mine], WHO]) if many else (RELEASE, [mine, WHO])
    assert interleaved(db_url, (RELEASE, [mine, WHO]), second) == (0 if many else "")
    assert stock(staff, tea) == (5, 3, 2)


def test_a_hold_that_somebody_works_on_stops_no_sweep(
    db_url: str, app: HoldfastApp, anna: Caller, tea: int, sql: Any
) -> None:
    mine, _ = (held(anna, tea).json["id"] for _ in range(2))
    sql.execute(LAPSE)
    with psycopg2.connect(db_url) as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM stock_holds WHERE id = %s FOR UPDATE", [mine])
        with app.app_context(), context.surroundings(source="job"), db.transaction():
            assert holds.expire_due() == 1
    other.close()
    assert stock(anna, tea) == (5, 4, 1)


def test_a_live_hold_does_not_expire(staff: Caller, anna: Caller, tea: int, sql: Any) -> None:
    sql.execute(EXPIRE, [[held(anna, tea).json["id"]], WHO])
    assert sql.fetchone() == (0,)
    assert stock(staff, tea) == (5, 4, 1)


@pytest.mark.parametrize(
    ("end", "values"), [(LAPSE, []), ("UPDATE stock_holds SET state = %s, ended_at = now()", ["released"])]
)
def test_a_hold_that_ended_is_not_released_with_many(
    anna: Caller, tea: int, sql: Any, end: str, values: list[str]
) -> None:
    mine = held(anna, tea).json["id"]
    sql.execute(end, values)
    before = stock(anna, tea)
    sql.execute(RELEASE_MANY, [[mine], WHO])
    assert sql.fetchone() == (0,)
    assert stock(anna, tea) == before
