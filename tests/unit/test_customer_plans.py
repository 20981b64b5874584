"""Customers are found by few rows, however many there are; who lives near a store by the index on places."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text

from app.core import db
from app.core.web import HoldfastApp
from app.customers.queries import audience, customers
from app.customers.queries.customers import CustomerFilter
from tests.unit.plans import asked, nodes, patient, planned, read

FILL = (
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO users (username, email, password_hash, role, first_name, last_name)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer', 'First' || n, 'Last' || n
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO customers (id, joined_at, latitude, longitude)
    SELECT id, created_at, (id % 180) - 90, (id % 361) - 180 FROM users
    """,
    "ANALYZE users",
    "ANALYZE customers",
)
LIMIT = 25
FEW = 400
FILTERS = [
    (CustomerFilter(), LIMIT),
    (CustomerFilter(q="buyer777"), 11),
    (CustomerFilter(q="MAIL1999"), 11),
    (CustomerFilter(q="last3000"), 1),
    (CustomerFilter(q="first123"), LIMIT),
    (CustomerFilter(q="nobody"), 0),
    (CustomerFilter(is_active=True), LIMIT),
]


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many customers, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        for statement in FILL:
            session.execute(text(statement))
        yield session
        session.rollback()


@pytest.mark.parametrize("ordering", customers.ORDERINGS)
def test_every_filter_and_order_looks_at_few_rows_in_two_statements(filled: Any, ordering: str) -> None:
    for which, expected in FILTERS:
        place = partial(customers.page, which, ordering=ordering, limit=LIMIT, cursor=None)
        seen = asked(filled, place)
        assert len(place().rows) == expected, which
        assert len(seen) <= 2, which
        assert sum(read(planned(filled, *each), "users") for each in seen) <= FEW, which


@pytest.mark.parametrize(("km", "indexes"), [(20.0, {"ix_customers_place"}), (15_000.0, set[str]())])
def test_who_lives_near_is_found_by_the_index_on_places_unless_it_is_most(
    filled: Any, km: float, indexes: set[str]
) -> None:
    rules = {"match": "all", "rules": [{"type": "near_store", "store_id": 1, "km": km}]}
    near: Select[Any] = select(func.count()).where(audience.C.is_active, audience.ruled(rules, {1: (0.0, 180.0)}))
    [(statement, values)] = asked(filled, lambda: filled.execute(near))
    with db.reading_all():
        plan = planned(filled, statement, values)
    assert {node["Index Name"] for node in nodes(plan) if "Index Name" in node} == indexes


def test_a_rule_of_time_reads_the_clock_once(filled: Any) -> None:
    rules = {"match": "all", "rules": [{"type": "joined_within", "days": 30}]}
    [(statement, values)] = asked(
        filled, lambda: filled.execute(select(audience.C.id).where(audience.ruled(rules, {})))
    )
    clocks = [
        node for node in nodes(planned(filled, statement, values)) if node.get("Parent Relationship") == "InitPlan"
    ]
    assert [node["Actual Loops"] for node in clocks] == [1]
