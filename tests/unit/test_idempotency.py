"""Idempotency keys are forgotten when their time is over, not before."""

from typing import Any

import pytest

from app.core import db, idempotency
from app.core.web import HoldfastApp

ROW = """
    INSERT INTO idempotency_keys (user_id, route, key, fingerprint, created_at)
    VALUES (1, 'r', %s, 'f', clock_timestamp() - %s::interval)
"""


@pytest.mark.usefixtures("clean")
def test_keys_older_than_their_hours_are_forgotten(app: HoldfastApp, sql: Any) -> None:
    for age in ("0 s", "23 h 59 min", "24 h 1 s", "9 days"):
        sql.execute(ROW, (age, age))
    with app.app_context(), db.transaction():
        assert idempotency.purge(hours=24) == 2
    sql.execute("SELECT key FROM idempotency_keys ORDER BY created_at")
    assert [key for (key,) in sql.fetchall()] == ["23 h 59 min", "0 s"]


@pytest.mark.usefixtures("clean")
def test_when_nothing_is_old_nothing_is_forgotten(app: HoldfastApp) -> None:
    with app.app_context(), db.transaction():
        assert idempotency.purge(hours=24) == 0


@pytest.mark.parametrize("key", ["a", "!~", "x" * 255, "550e8400-e29b-41d4-a716-446655440000"])
def test_1_to_255_visible_characters_are_a_key(key: str) -> None:
    assert idempotency.VALID_KEY.fullmatch(key)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ä", "a\n", "\x7f", "\0"])
def test_anything_else_is_no_key(key: str) -> None:
    assert not idempotency.VALID_KEY.fullmatch(key)
