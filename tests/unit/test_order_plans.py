"""A page of orders is read along one index, and its tabs are counted in one statement, however many there are."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import compress, product
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.identity import queries as identity_queries
from app.orders import queries
from app.orders.queries import OrderFilter
from tests.unit.plans import asked, nodes, patient, planned, read

FILL = (
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer' FROM generate_series(1, 1000) AS n
    """,
    """
    INSERT INTO orders
        (id, reference, user_id, status, payment_status, total, currency, source, created_at, pay_by, lines)
    SELECT gen_random_uuid(), 'ORD-' || upper(substr(md5(n::text), 1, 12)), (SELECT min(id) FROM users) + n % 1000,
           CASE WHEN n < 200 THEN 'PENDING' WHEN n < 800 THEN 'CONFIRMED' ELSE 'DELIVERED' END,
           CASE WHEN n < 200 THEN 'unpaid' WHEN n % 200 = 0 THEN 'refunded' ELSE 'paid' END,
           (1 + n * 31 % 10000) / 100.0, 'EUR', 'shelf', clock_timestamp() - make_interval(mins => n),
           clock_timestamp(), '[]'
    FROM generate_series(1, 20000) AS n
    """,
    "ANALYZE users",
    "ANALYZE orders",
)
# An order a minute: a filter of days reaches into three of them, more or less of the first by the time of day.
RAREST = 199
ZONE, LIMIT, FEW = "Europe/Berlin", 25, 3 * 24 * 60 + 100


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many orders, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        for statement in FILL:
            session.execute(text(statement))
        yield session
        session.rollback()


def filters() -> list[OrderFilter]:
    """One of each kind, and some together."""
    week_ago = queries.business_day(ZONE) - timedelta(days=7)
    few = tuple(identity_queries.ids_beginning("buyer99", most=200))
    return [
        OrderFilter(),
        OrderFilter(status="CONFIRMED"),
        OrderFilter(status="DELIVERED"),
        OrderFilter(q="ORD-ABC"),
        OrderFilter(q="ORD-"),
        OrderFilter(user_ids=few),
        OrderFilter(user_ids=few, status="DELIVERED"),
        OrderFilter(user_ids=()),
        OrderFilter(start_date=week_ago, end_date=week_ago),
        OrderFilter(end_date=date(2000, 1, 1)),
        OrderFilter(min_total=Decimal("99.99")),
        OrderFilter(min_total=Decimal(9000)),
        OrderFilter(payment_status="review", status="PENDING"),
    ]


@pytest.mark.parametrize("ordering", queries.ORDERINGS)
def test_every_filter_and_order_looks_at_few_rows_in_one_statement(filled: Any, ordering: str) -> None:
    for which in filters():
        [each] = asked(filled, partial(queries.listing, which, zone=ZONE, ordering=ordering, limit=LIMIT, cursor=None))
        plan = planned(filled, *each)
        assert read(plan, "orders") <= FEW, (which, plan)
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "orders"}


FILTERS = ("status", "start_date", "end_date", "min_total", "max_total", "user_id")


def combined() -> Iterator[OrderFilter]:
    """Each choice of the filters of the API, with values that fit many orders and with values that fit hardly any."""
    today, day = queries.business_day(ZONE), timedelta(days=1)
    [customer] = identity_queries.ids_beginning("buyer77", most=1)
    for chosen in product((False, True), repeat=len(FILTERS)):
        for values in (
            ("DELIVERED", today - 13 * day, today - day, Decimal(10), Decimal(90), customer),
            ("PENDING", today - day, today - 13 * day, Decimal(99), Decimal(2), 0),
        ):
            wanted: dict[str, Any] = dict(compress(zip(FILTERS, values, strict=True), chosen))
            yield OrderFilter(**wanted)


@pytest.mark.parametrize("ordering", queries.ORDERINGS)
def test_every_choice_of_filters_is_one_statement_along_an_index(filled: Any, ordering: str) -> None:
    for which in combined():
        [each] = asked(filled, partial(queries.page, which, zone=ZONE, ordering=ordering, limit=LIMIT, cursor=None))
        plan = planned(filled, *each)
        assert read(plan, "orders") <= FEW, (which, plan)
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}, which


@pytest.mark.parametrize("payment_status", ["unpaid", "failed", "review", "refunded"])
def test_the_tabs_look_at_no_more_rows_than_they_count(filled: Any, payment_status: str) -> None:
    count = partial(queries.counts, OrderFilter(payment_status=payment_status), zone=ZONE)
    [each] = asked(filled, count)
    plan = planned(filled, *each)
    # Where next to nothing is to be counted, the index of the rarest status is as good as that of the payment.
    assert read(plan, "orders") <= sum(count().values()) + RAREST
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}


def test_a_page_with_its_lines_is_one_statement(filled: Any) -> None:
    page = partial(queries.page, OrderFilter(), zone=ZONE, ordering="newest", limit=100, cursor=None)
    assert {row.lines for row in page().rows} == {"[]"}
    assert len(asked(filled, page)) == 1


def test_the_tabs_are_counted_in_one_statement_and_add_up(filled: Any) -> None:
    count = partial(queries.counts, OrderFilter(status="PENDING"), zone=ZONE)
    assert len(asked(filled, count)) == 1
    assert count() == {
        **dict.fromkeys(("PROCESSING", "SHIPPED", "CANCELLED"), 0),
        "PENDING": 199,
        "CONFIRMED": 600,
        "DELIVERED": 10_000,
    }
