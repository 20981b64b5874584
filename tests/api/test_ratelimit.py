"""Limits of one caller do not touch another, say when to come back, and can be switched off."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.conftest import AsRole
from tests.api.made import STORES, product
from tests.api.made_orders import ORDERS
from tests.api.problem import assert_problem

Limited = Callable[..., FlaskClient]


@pytest.fixture
def limited(app: HoldfastApp, clean: None, chosen: Settings) -> Limited:
    """A maker of clients of an application with these limits."""

    def make(**limits: Any) -> FlaskClient:
        return create_app(replace(chosen, **limits)).test_client()

    return make


def test_more_requests_than_the_burst_are_refused_until_later(limited: Limited) -> None:
    client = limited(ratelimit_enabled=True, ratelimit_burst=3, ratelimit_per_second=1)
    answers = [client.get(STORES) for _ in range(6)]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2
    assert_problem(refused[0], 429, "rate_limited")
    assert int(refused[0].headers["Retry-After"]) >= 1


def test_refused_tokens_are_counted_too(limited: Limited) -> None:
    client = limited(ratelimit_enabled=True, ratelimit_burst=2, ratelimit_per_second=1)
    answers = [client.get(STORES, headers={"Authorization": "Bearer x"}).status_code for _ in range(5)]
    assert (answers[:2], set(answers[2:]) >= {429}) == ([401, 401], True)


def test_each_user_has_a_limit_of_their_own(limited: Limited, as_role: AsRole) -> None:
    client = limited(ratelimit_enabled=True, ratelimit_burst=2, ratelimit_per_second=1)
    tokens = [as_role("viewer", name).token for name in ("one", "two")]
    for token in tokens:
        asked = [client.get(STORES, headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(4)]
        assert (asked[:2], 429 in asked) == ([200, 200], True)


def test_refused_tries_to_order_count_and_replays_do_not(limited: Limited, as_role: AsRole) -> None:
    tea, anna = product(as_role("operator", "staff"))["id"], as_role("customer", "anna")
    client = limited(ratelimit_enabled=True, order_attempts_per_minute=7)

    def order(product_id: int, **headers: str) -> Any:
        lines = {"items": [{"product_id": product_id, "quantity": 1}]}
        return client.post(ORDERS, json=lines, headers={"Authorization": f"Bearer {anna.token}"} | headers)

    key = {"Idempotency-Key": "once"}
    assert [order(tea, **key).status_code for _ in range(10)] == [201] * 10
    assert [order(10**9).status_code for _ in range(6)] == [404] * 6
    assert_problem(order(tea), 429, "rate_limited")
    assert order(tea, **key).headers["Idempotent-Replayed"] == "true"


def test_a_made_up_forwarded_address_is_no_way_around(limited: Limited) -> None:
    client = limited(ratelimit_enabled=True, ratelimit_burst=2, ratelimit_per_second=1)
    answers = [client.get(STORES, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(6)]
    assert answers.count(429) >= 3


def test_limits_can_be_switched_off(limited: Limited) -> None:
    client = limited(ratelimit_enabled=False, ratelimit_burst=1, ratelimit_per_second=1)
    assert {client.get(STORES).status_code for _ in range(5)} == {200}


def test_health_and_metrics_are_not_limited_away_from_their_watchers(limited: Limited) -> None:
    client = limited(ratelimit_enabled=True, ratelimit_burst=1, ratelimit_per_second=1)
    for path in ("/health", "/ready", "/metrics"):
        assert {client.get(path).status_code for _ in range(4)} == {200}, path


def test_metrics_can_ask_for_a_token(limited: Limited) -> None:
    client = limited(metrics_token="only the watcher knows")
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer é"}):
        assert_problem(client.get("/metrics", headers=header), 401, "not_authenticated")
    answer = client.get("/metrics", headers={"Authorization": "Bearer only the watcher knows"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
