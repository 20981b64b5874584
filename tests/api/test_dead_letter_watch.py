"""Admins hear of dead letters by mail, once an hour."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import context, db
from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.operations import service
from tests.callers import make_user

DEAD = """
    INSERT INTO jobs (name, args, request_id, state, finished_at, error)
    VALUES ('mail.deliver', '{}', 'r', 'dead', clock_timestamp() - %s * interval '1 minute', %s)
"""


@pytest.fixture
def watch(app: HoldfastApp, chosen: Settings, clean: None) -> Callable[[], int]:
    """Runs the watch with one admin and one operator there."""
    make_user(app, Role.ADMIN)
    make_user(app, Role.OPERATOR)

    def run() -> int:
        with app.app_context(), context.surroundings(source="job"), db.transaction():
            return service.warn_of_dead_letters(chosen)

    return run


def test_without_dead_letters_nobody_is_written_to(watch: Callable[[], int], sql: Any) -> None:
    assert watch() == 0
    sql.execute(DEAD, (90, "long ago"))
    assert watch() == 0


def test_each_admin_gets_one_mail_an_hour_that_names_kinds_and_errors(watch: Callable[[], int], sql: Any) -> None:
    for error in ("refused <b>", "refused <b>", "timed out"):
        sql.execute(DEAD, (5, error))
    assert [watch(), watch()] == [1, 0]
    sql.execute("SELECT recipient, subject, text, html FROM emails")
    [(recipient, subject, text, html)] = sql.fetchall()
    assert (recipient, subject) == ("admin@example.test", "3 failed jobs in the last hour")
    assert "- mail.deliver (2): refused <b>" in text
    assert "refused &lt;b&gt;" in html
    assert "/console/ops/failed" in text
    sql.execute("SELECT name FROM jobs WHERE state = 'queued'")
    assert sql.fetchall() == [("mail.deliver",)]
