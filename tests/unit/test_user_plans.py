"""A page of users is one statement that reads few rows, however many customers there are."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.identity import queries
from app.identity.queries import UserFilter
from tests.unit.plans import asked, patient, planned, read

FILL = text("""
    INSERT INTO users (username, email, password_hash, role, first_name, last_name, is_active)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '!', CASE WHEN n % 1000 = 0 THEN 'viewer' ELSE 'customer' END,
           'First' || n, 'Last' || n, n % 10 > 0
    FROM generate_series(1, 20000) AS n
""")
LIMIT = 25
FEW = 400
FILTERS = [
    (UserFilter(), LIMIT),
    (UserFilter(q="buyer777"), 11),
    (UserFilter(q="MAIL1999"), 11),
    (UserFilter(q="last3000"), 1),
    (UserFilter(q="last3001"), 0),
    (UserFilter(q="buyer"), LIMIT),
    (UserFilter(role="viewer"), 20),
    (UserFilter(role="admin"), 0),
    (UserFilter(is_active=False), LIMIT),
]


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many users, which is undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        session.execute(FILL)
        session.execute(text("ANALYZE users"))
        yield session
        session.rollback()


@pytest.mark.parametrize("ordering", queries.ORDERINGS)
def test_every_filter_and_order_looks_at_few_rows_in_one_statement(filled: Any, ordering: str) -> None:
    for which, found in FILTERS:
        place = partial(queries.page, which, ordering=ordering, limit=LIMIT, cursor=None)
        assert len(place().rows) == found, which
        [each] = asked(filled, place)
        plan = planned(filled, *each)
        assert read(plan, "users") <= FEW, (which, plan)
