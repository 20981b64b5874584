"""Products in the console: the rows of the filter, counts from a row, and many switched at once."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.bulk import Outcome
from tests.api.browsing import exported, flashed, sent
from tests.api.conftest import AsRole
from tests.api.made import PRODUCTS, held, shelf, stock
from tests.callers import Caller

PAGE = "/console/products"
ROW = re.compile(r'class="row-link"\s+href="/console/products/(\d+)"')
HTMX = {"HX-Request": "true"}


@pytest.fixture
def four(staff: Caller) -> dict[str, int]:
    """Four products of two stores; one is off sale, two are low."""
    return shelf(staff)


def listed(client: FlaskClient, query: str) -> list[int]:
    """The products on a page."""
    return [int(found) for found in ROW.findall(client.get(f"{PAGE}?{query}").text)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Apple", "Beet", "Corn", "Dill"]),
        ("ordering=-name", ["Dill", "Corn", "Beet", "Apple"]),
        ("ordering=newest", ["Dill", "Corn", "Beet", "Apple"]),
        ("ordering=ample", ["Corn", "Dill", "Beet", "Apple"]),
        ("ordering=scarcest&q=sku", ["Apple", "Beet", "Dill", "Corn"]),
        ("q=ORN", ["Corn"]),
        ("q=sku-d", ["Dill"]),
        ("low_stock=true", ["Apple", "Beet"]),
        ("low_stock=false", ["Corn", "Dill"]),
        ("is_active=true&low_stock=true", ["Apple"]),
        ("is_active=false", ["Beet"]),
        ("store_id=x&ordering=x&is_active=x", ["Apple", "Beet", "Corn", "Dill"]),
    ],
)
def test_the_list_and_its_export_show_the_rows_of_the_filter(
    staff: Caller, four: dict[str, int], query: str, names: list[str]
) -> None:
    assert listed(staff.client, query) == [four[name] for name in names]
    assert [row["name"] for row in exported(staff.client, f"{PAGE}/export.csv?{query}")] == names
    files = exported(staff.client, f"{PAGE}/stock.csv?{query}")
    assert sorted(row["sku"] for row in files) == sorted(f"SKU-{name}" for name in names)


def test_a_store_is_a_filter_too(staff: Caller, four: dict[str, int]) -> None:
    at = staff.get(f"{PRODUCTS}/{four['Corn']}").json["store_id"]
    assert listed(staff.client, f"store_id={at}") == [four["Corn"], four["Dill"]]


def test_a_viewer_reads_and_changes_nothing(as_role: AsRole, four: dict[str, int]) -> None:
    viewer = as_role("viewer")
    text = viewer.client.get(PAGE).text + viewer.client.get(f"{PAGE}/{four['Apple']}").text
    assert [word in text for word in ("Adjust", "New product", 'name="row"', "Delete")] == [False] * 4
    assert viewer.client.get(f"{PAGE}/import").status_code == 403


def test_a_count_from_a_row_changes_the_total_and_shows_it(staff: Caller, four: dict[str, int]) -> None:
    apple = four["Apple"]
    form = {"set_to": "8", "expected": "5", "reason": "count"}
    answer = sent(staff.client, f"{PAGE}/{apple}/stock", headers=HTMX, **form)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div class="stock">')
    assert 'name="expected" value="8"' in answer.text
    assert "The total is 8 now." in answer.text
    assert stock(staff, apple) == (8, 8, 0)


def test_a_stale_count_changes_nothing_and_shows_both_values(staff: Caller, four: dict[str, int], sql: Any) -> None:
    apple = four["Apple"]
    staff.post(f"{PRODUCTS}/{apple}/stock-adjustments", json={"delta": 2, "reason": "x"})
    for headers in (HTMX, None):
        form = {"set_to": "9", "expected": "5", "reason": "count"}
        answer = sent(staff.client, f"{PAGE}/{apple}/stock", headers=headers, **form)
        assert answer.status_code == 409
        assert "The total stock is 7, not 5." in answer.text
        assert "You saw 5; there are 7 now. Set again to make it 9." in " ".join(answer.text.split())
        assert 'name="expected" value="7"' in answer.text
    assert stock(staff, apple) == (7, 7, 0)
    sql.execute("SELECT count(*) FROM stock_movements WHERE product_id = %s", [apple])
    assert sql.fetchone() == (2,)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"set_to": "many", "expected": "5", "reason": "x"}, "Not a valid integer."),
        ({"set_to": "5", "expected": "5", "reason": "x"}, "That is what there is."),
        ({"set_to": "6", "expected": "5", "reason": " "}, "Fill this in."),
        ({"set_to": "-1", "expected": "5", "reason": "x"}, "Must be greater than or equal to 0"),
    ],
)
def test_a_count_that_is_none_is_told_at_its_field(
    staff: Caller, four: dict[str, int], form: dict[str, str], told: str
) -> None:
    answer = sent(staff.client, f"{PAGE}/{four['Apple']}/stock", **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert stock(staff, four["Apple"]) == (5, 5, 0)


def test_a_total_below_what_is_held_is_told(staff: Caller, as_role: AsRole, four: dict[str, int]) -> None:
    held(as_role("customer"), four["Apple"], 3)
    form = {"set_to": "2", "expected": "5", "reason": "x"}
    answer = sent(staff.client, f"{PAGE}/{four['Apple']}/stock", **form)
    assert answer.status_code == 409
    assert "2 are available; 3 were asked for" in answer.text


def test_the_counters_alone_are_a_fragment(staff: Caller, four: dict[str, int]) -> None:
    path = f"{PAGE}/{four['Apple']}/stock"
    assert "<form" not in staff.client.get(path, headers=HTMX).text
    assert "<h1>Stock of Apple</h1>" in staff.client.get(path).text


def test_a_taken_sku_is_told_at_its_field_and_nothing_is_made(staff: Caller, four: dict[str, int]) -> None:
    at = staff.get(f"{PRODUCTS}/{four['Apple']}").json["store_id"]
    facts = {"name": "Twin", "sku": "sku-apple", "store_id": str(at), "price": "1,50", "is_active": "true"}
    for path in (PAGE, f"{PAGE}/{four['Corn']}"):
        answer = sent(staff.client, path, **facts, low_stock_threshold="1", version="1")
        assert answer.status_code == 422
        assert "Another product has this SKU." in answer.text
        assert 'value="Twin"' in answer.text
    assert listed(staff.client, "q=Twin") == []
    answer = sent(staff.client, PAGE, **(facts | {"sku": "new", "store_id": "999999"}))
    assert "There is no store 999999." in answer.text
    assert sent(staff.client, PAGE, **(facts | {"sku": "new"})).status_code == 303
    assert staff.get(f"{PRODUCTS}?q=Twin").json["data"][0]["price"] == "1.50"


def test_an_edit_changes_facts_and_leaves_the_stock(staff: Caller, four: dict[str, int]) -> None:
    row = staff.get(f"{PRODUCTS}/{four['Apple']}").json
    form = {name: str(row[name]) for name in ("sku", "store_id", "price")}
    form |= {"name": "Pear", "low_stock_threshold": "3", "description": "", "is_active": "false", "version": "1"}
    assert sent(staff.client, f"{PAGE}/{four['Apple']}", **form).status_code == 303
    now = staff.get(f"{PRODUCTS}/{four['Apple']}").json
    assert (now["name"], now["is_active"], now["total_stock"]) == ("Pear", False, 5)
    stale = sent(staff.client, f"{PAGE}/{four['Apple']}", **(form | {"name": "Plum"}))
    assert stale.status_code == 409
    assert [mark in stale.text for mark in ('data-yours="name">Plum', 'data-theirs="name">Pear')] == [True, True]


def test_many_products_are_switched_and_the_others_counted(staff: Caller, four: dict[str, int], sql: Any) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk?q=e", all="true", do="deactivate")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?q=e&ordering=name")
    assert flashed(staff.client, PAGE) == "1 done, 1 skipped: 1 inactive already."
    sql.execute("SELECT name, version FROM products WHERE NOT is_active ORDER BY name")
    assert sql.fetchall() == [("Apple", 2), ("Beet", 1)]
    sql.execute("SELECT object_id, old, new, source FROM audit_log WHERE action = 'product.updated'")
    assert sql.fetchall() == [(str(four["Apple"]), {"is_active": True}, {"is_active": False}, "console")]


def test_all_that_match_are_more_than_a_page_and_nothing_else(staff: Caller, four: dict[str, int], sql: Any) -> None:
    sql.execute("""
        WITH made AS (INSERT INTO products (store_id, sku, name, price)
            SELECT (SELECT min(id) FROM stores), 'BULK-' || n, 'Bulk ' || n, 1 FROM generate_series(1, 60) AS n
            RETURNING id)
        INSERT INTO product_stock (product_id, total, available) SELECT id, 0, 0 FROM made
    """)
    assert "All 60 products" in staff.client.get(f"{PAGE}?q=bulk").text
    sent(staff.client, f"{PAGE}/bulk?q=bulk", all="true", do="deactivate")
    assert flashed(staff.client, PAGE) == "60 done."
    sql.execute("SELECT count(*) FILTER (WHERE name LIKE 'Bulk %'), count(*) FROM products WHERE NOT is_active")
    assert sql.fetchall() == [(60, 61)]  # Beet was inactive before


def test_only_ticked_rows_of_the_filter_are_switched(staff: Caller, four: dict[str, int], sql: Any) -> None:
    ticked = [four["Apple"], four["Corn"], 999_999]
    assert len(staff.client.get(f"{PRODUCTS}?q=sku").get_json()["data"]) == 3
    assert sent(staff.client, f"{PAGE}/bulk?q=apple", row=ticked, do="deactivate").status_code == 303
    assert flashed(staff.client, PAGE) == "1 done."
    sql.execute("SELECT name FROM products WHERE NOT is_active ORDER BY name")
    assert sql.fetchall() == [("Apple",), ("Beet",)]
    names = [row["name"] for row in staff.client.get(f"{PRODUCTS}?q=sku").get_json()["data"]]
    assert names == ["Corn", "Dill"]


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize("form", [{}, {"row": "x"}, {"all": "no"}])
def test_nothing_ticked_changes_nothing(staff: Caller, form: dict[str, str]) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk", do="deactivate", **form)
    assert answer.status_code == 409
    assert "Tick at least one row" in answer.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(1198, {"in use": 5, "gone": 1}), "1,198 done, 6 skipped: 5 in use, 1 gone."),
        (Outcome(2, {"in use": 0}), "2 done."),
    ],
)
def test_an_outcome_is_told_with_its_reasons(outcome: Outcome, words: str) -> None:
    assert str(outcome) == words


def test_a_product_in_use_is_not_deleted_and_an_unused_one_is(
    staff: Caller, as_role: AsRole, four: dict[str, int]
) -> None:
    held(as_role("customer"), four["Apple"])
    answer = sent(staff.client, f"{PAGE}/{four['Apple']}/delete")
    assert answer.status_code == 409
    assert "It is still referred to" in answer.text
    assert sent(staff.client, f"{PAGE}/{four['Corn']}/delete").status_code == 303
    assert listed(staff.client, "") == [four["Apple"], four["Beet"], four["Dill"]]


@pytest.mark.usefixtures("four")
def test_the_home_page_says_which_products_are_low(staff: Caller) -> None:
    text = staff.client.get("/console/").text
    assert "1 product is low" in text
    assert "low_stock=true&amp;is_active=true" in text
