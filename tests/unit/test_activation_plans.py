"""A page of activations is read along one index, however many there are."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.web import HoldfastApp
from app.offers.queries import activations as queries
from app.offers.queries.activations import ActivationFilter
from tests.unit.plans import asked, nodes, patient, planned, read

MANY, OPEN = 20_000, 200
FILL = (
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO users (username, email, password_hash, role)
    SELECT 'buyer' || n, 'mail' || n || '@shop.example', '', 'customer' FROM generate_series(1, 1000) AS n
    """,
    """
    INSERT INTO offers (name, price, duration_days)
    SELECT 'Offer ' || n, 1, 30 FROM generate_series(1, 20) AS n
    """,
    """
    INSERT INTO activations (id, user_id, offer_id, offer_name, duration_days, amount, currency, status, sends,
                             sent_at, begun_at, next_step_at, stuck_at, created_at, completed_at)
    SELECT gen_random_uuid(), (SELECT min(id) FROM users WHERE username LIKE 'buyer%') + n % 1000,
           (SELECT min(id) FROM offers) + n % 20, 'Offer', 30, 1, 'EUR', status, 1, at, at,
           CASE WHEN is_over THEN NULL ELSE at END, CASE WHEN NOT is_over AND n % 10 = 0 THEN at END, at,
           CASE WHEN is_over THEN at END
    FROM generate_series(1, 20000) AS n,
         LATERAL (SELECT clock_timestamp() - make_interval(mins => n) AS at, n > 200 AS is_over) AS t,
         LATERAL (SELECT CASE WHEN NOT is_over THEN 'PROCESSING' WHEN n % 4 = 0 THEN 'FAILED' ELSE 'SUCCESS' END
                  AS status) AS s
    """,
    "ANALYZE users",
    "ANALYZE offers",
    "ANALYZE activations",
)
# A page, a share of a status that is a fourth of them, and those that are open, which lie in front of all others.
FEW = OPEN + 5 * 25


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees many activations, which are undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        for statement in FILL:
            session.execute(text(statement))
        yield session
        session.rollback()


def filters(session: Any) -> list[ActivationFilter]:
    """One of each kind, and those that go together."""
    customer, offer = session.execute(text("SELECT user_id, offer_id FROM activations LIMIT 1")).one()
    return [
        ActivationFilter(),
        *(ActivationFilter(status=status) for status in ("PROCESSING", "FAILED", "SUCCESS", "PENDING")),
        ActivationFilter(user_id=customer),
        ActivationFilter(user_id=customer, status="SUCCESS"),
        ActivationFilter(user_id=customer, status="PENDING"),
        ActivationFilter(offer_id=offer),
        ActivationFilter(offer_id=offer, status="SUCCESS"),
        ActivationFilter(stuck=True),
        ActivationFilter(user_ids=(customer, customer + 1)),
        ActivationFilter(user_ids=()),
        ActivationFilter(offer_ids=(offer, offer + 1)),
    ]


@pytest.mark.parametrize("ordering", queries.ORDERINGS)
def test_every_filter_and_order_looks_at_few_activations_in_one_statement(filled: Any, ordering: str) -> None:
    for which in filters(filled):
        [each] = asked(filled, partial(queries.listing, which, ordering=ordering, limit=25, cursor=None))
        plan = planned(filled, *each)
        assert read(plan, "activations") <= FEW, (which, plan)
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}, which


def test_the_tabs_count_each_status_along_its_index(filled: Any) -> None:
    [each] = asked(filled, partial(queries.counts, ActivationFilter()))
    plan = planned(filled, *each)
    assert read(plan, "activations") <= MANY
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}
