"""Whoever answers for the stock hears once of each product that runs low, and once a day of all that are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from flask.testing import FlaskClient

from app.core import context, db
from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.inventory.service import low_stock
from app.jobs.registry import JOBS
from tests.api.conftest import AsRole
from tests.api.letters import told, written
from tests.api.made import PRODUCTS, held, product, store
from tests.api.parallel import at_once
from tests.callers import Caller, make_user

Watch = Callable[..., int]
ADJUST = "stock-adjustments"


@pytest.fixture
def watch(app: HoldfastApp, chosen: Settings, clean: None) -> Watch:
    """Runs the watch, or the digest, with one admin and one operator there."""
    make_user(app, Role.ADMIN)

    def run(verb: Callable[[Settings], int] = low_stock.watch, **settings: Any) -> int:
        with app.app_context(), context.surroundings(source="job"), db.transaction():
            return verb(replace(chosen, **settings))

    return run


@pytest.fixture
def tea(staff: Caller) -> str:
    """The address of a product with five units, of which five are enough."""
    return f"{PRODUCTS}/{product(staff, low_stock_threshold=5)['id']}"


def adjusted(staff: Caller, place: str, delta: int) -> None:
    assert staff.post(f"{place}/{ADJUST}", json={"delta": delta, "reason": "count"}).status_code == 201


def test_a_crossing_is_told_once_and_the_next_one_again(
    app: HoldfastApp, staff: Caller, watch: Watch, tea: str
) -> None:
    assert (watch(), written(app)) == (0, [])
    adjusted(staff, tea, -1)
    assert [watch(), watch()] == [1, 0]
    adjusted(staff, tea, -1)
    assert watch() == 0
    adjusted(staff, tea, 2)
    assert watch() == 0
    assert told(app, "SELECT low_since FROM products") == [(None,)]
    adjusted(staff, tea, -1)
    assert watch() == 1
    assert written(app) == [("low_stock", "admin@example.test")] * 2


def test_a_hold_makes_a_product_low(as_role: AsRole, watch: Watch, tea: str) -> None:
    held(as_role("customer"), int(tea.rpartition("/")[2]))
    assert watch() == 1


def test_one_mail_names_all_products_of_a_run_as_text(app: HoldfastApp, staff: Caller, watch: Watch) -> None:
    at = store(staff, name="Berlin <b>")["id"]
    product(staff, store_id=at, low_stock_threshold=6)
    product(staff, store_id=at, low_stock_threshold=9, sku="X", name="<img src=x>", total_stock=2)
    assert watch() == 2
    [(subject, text, html)] = told(app, "SELECT subject, text, html FROM emails")
    assert subject == "2 products are running low"
    assert text.index("- <img src=x> (X), Berlin <b>: 2 available, threshold 9") < text.index("Green tea (TEA-250)")
    assert "/console/products?low_stock=true&is_active=true" in text
    assert "&lt;img src=x&gt;" in html
    assert "<img" not in html


def test_what_is_not_sold_is_not_low(staff: Caller, watch: Watch, tea: str, client: FlaskClient) -> None:
    adjusted(staff, tea, -1)
    staff.patch(tea, json={"is_active": False})
    assert watch() == 0
    assert "low_stock_products_total 0.0" in client.get("/metrics").text
    staff.patch(tea, json={"is_active": True})
    assert "low_stock_products_total 1.0" in client.get("/metrics").text
    assert watch() == 1


def test_a_setting_names_who_is_told(app: HoldfastApp, staff: Caller, watch: Watch, tea: str) -> None:
    adjusted(staff, tea, -1)
    watch(stock_mails_to="shelf@example.test")
    watch(low_stock.send_digest, stock_mails_to="shelf@example.test")
    assert written(app) == [("low_stock", "shelf@example.test")] * 2


def test_the_digest_comes_once_a_business_day_while_something_is_low(
    app: HoldfastApp, staff: Caller, watch: Watch, tea: str
) -> None:
    assert watch(low_stock.send_digest) == 0
    adjusted(staff, tea, -1)
    assert [watch(low_stock.send_digest) for _ in range(3)] == [1, 0, 0]
    assert told(app, "SELECT subject FROM emails") == [("1 product is low on stock today",)]
    ((zone, day),) = told(
        app,
        "SELECT z, to_char(clock_timestamp() AT TIME ZONE z, 'YYYY-MM-DD')"
        " FROM unnest(ARRAY['Etc/GMT+12', 'Pacific/Kiritimati']) AS z"
        " WHERE (clock_timestamp() AT TIME ZONE z)::date <> (clock_timestamp() AT TIME ZONE 'UTC')::date LIMIT 1",
    )
    assert watch(low_stock.send_digest, business_zone=zone) == 1
    assert told(app, "SELECT count(*) FROM emails WHERE key LIKE %s", f"low-stock-digest:{day}:%") == [(1,)]


def test_ten_watches_at_once_tell_once(app: HoldfastApp, staff: Caller, watch: Watch, tea: str) -> None:
    adjusted(staff, tea, -1)
    assert sum(at_once(app, 10, lambda _: watch())) == 1
    assert len(written(app)) == 1


def test_a_product_that_is_being_edited_is_told_at_the_next_watch(
    db_url: str, staff: Caller, watch: Watch, tea: str
) -> None:
    adjusted(staff, tea, -1)
    with psycopg2.connect(db_url) as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM products FOR UPDATE")
        assert watch() == 0
    other.close()
    assert watch() == 1


@pytest.mark.usefixtures("app")
def test_the_clock_asks_each_minute_and_at_nine() -> None:
    assert JOBS["inventory.watch_low_stock"].every == 60
    assert JOBS["inventory.send_low_stock_digest"].cron == "0 9 * * *"
