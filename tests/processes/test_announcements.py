"""Promos that start together tell each customer once, and so often a day, whoever dies while they do."""

import random
import signal
from pathlib import Path

import pytest

from devstack.mailcatcher.mailbox import Mailbox
from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew
from tests.processes.post_office import open_catcher
from tests.processes.sale import Sale
from tests.processes.stack import Stack
from tests.processes.test_mail_faults import arrived
from tests.scale import scaled

pytestmark = pytest.mark.chaos

POINTS = ("", "jobs.leased", "jobs.before_commit", "jobs.done")
# Many promos wait for one another at the customers that they share: a lease has to last for longer than that.
PATIENT = {"JOBS_LEASE_SECONDS": "20", "JOBS_OFFER_SECONDS": "2", "JOBS_ATTEMPTS": "100"}
CROWD = """
    WITH made AS (
        INSERT INTO users (username, email, password_hash, role, email_verified_at)
        SELECT %s || n, %s || n || '@shop.example', '', 'customer', clock_timestamp() FROM generate_series(1, %s) AS n
        RETURNING id, created_at
    ),
    enrolled AS (
        INSERT INTO customers (id, joined_at, email_opt_in)
        SELECT id, created_at, row_number() OVER (ORDER BY id) %% 50 = 0 FROM made RETURNING id
    ),
    segment AS (INSERT INTO segments (name) VALUES (%s) RETURNING id)
    SELECT segment.id, enrolled.id FROM segment, enrolled
"""
MEMBERS = "INSERT INTO memberships (segment_id, customer_id) SELECT %s, unnest(%s::bigint[])"
DONE = "SELECT count(*) FILTER (WHERE ended_at IS NOT NULL)::int FROM promo_announcements WHERE promo_id = ANY (%s)"
OPEN = "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
TOLD = """
    SELECT customer_id, count(*)::int, count(*) FILTER (WHERE suppressed IS NULL)::int
    FROM notifications WHERE subject_id = ANY (%s) GROUP BY customer_id
"""
AGAIN = "SELECT 1 FROM jobs WHERE name IN ('promos.plan_announcement', 'promos.notify_range') AND attempts > 1"
MAILS = "SELECT message_id FROM emails WHERE template = 'flash_promo'"


def crowd(stack: Stack, name: str, many: int) -> tuple[int, list[int]]:
    """A segment of new customers, one in fifty of whom is told by mail too; their ids."""
    rows = stack.sql(CROWD, name, name, many, name)
    ((segment_id,), ids) = {row[0] for row in rows}, sorted(row[1] for row in rows)
    stack.sql(MEMBERS, segment_id, ids)
    return segment_id, ids


def together(sale: Sale, segment_id: int, many: int) -> list[int]:
    """So many promos for a segment that start now."""
    return [sale.promo(1, audience="segments", segment_ids=[segment_id]) for _ in range(many)]


def until_told(crew: Crew, stack: Stack, promos: list[int], seconds: float) -> None:
    """Everything is announced, and nothing is open any more."""
    crew.until(lambda: stack.sql(DONE, promos) == [(len(promos),)], "all is announced", seconds)
    crew.until(lambda: not stack.sql(OPEN), "nothing is open", seconds)


def was_told_once(stack: Stack, promos: list[int], ids: list[int], mailbox: Mailbox, deaths: int) -> None:
    """Each customer has a row of each promo and was told by one of them; mails come twice only where a worker died."""
    found = {row[0]: row[1:] for row in stack.sql(TOLD, promos)}
    assert found == dict.fromkeys(ids, (len(promos), 1))
    written = {message_id for (message_id,) in stack.sql(MAILS)}
    counts = arrived(mailbox)
    assert len(written) == len(ids) // 50
    assert counts.keys() == written
    assert sum(counts.values()) - len(written) <= deaths


def test_promos_that_start_together_while_workers_are_killed_tell_each_customer_once(
    sale: Sale, crew: Crew, tmp_path: Path
) -> None:
    stack, chance = sale.shelf.web, random.Random(16)  # noqa: S311 - the same kills each time
    segment_id, ids = crowd(stack, "guest-", scaled(50_000, least=3000))
    with open_catcher(tmp_path / "mails") as (port, mailbox):
        crew.environment |= PATIENT | {"SMTP_PORT": str(port)}
        scheduler, worker = crew.keep(*SCHEDULER), crew.keep(*WORKER)
        heavy = [crew.keep(*HEAVY_WORKER) for _ in range(scaled(8, least=3))]
        promos = together(sale, segment_id, scaled(9, least=3))
        for _ in range(scaled(100, least=6)):
            member, point = chance.choice([*heavy, *heavy, scheduler, worker]), chance.choice(POINTS)
            crew.strike(member, **({"HOLDFAST_CRASH_POINT": point} if point and member in heavy else {}))
            crew.during(chance.random())
        for member in heavy:  # whoever dies at a point again and again is followed by a healthy one
            crew.strike(member)
        until_told(crew, stack, promos, 900)
        was_told_once(stack, promos, ids, mailbox, len(worker.ends))
    assert heavy[0].ends[0] == -signal.SIGKILL


@pytest.mark.parametrize("point", ["jobs.leased", "jobs.before_commit:2", "jobs.done"])
def test_a_child_that_dies_at_a_step_of_a_range_is_followed_by_one_that_tells_who_is_left(
    sale: Sale, crew: Crew, tmp_path: Path, point: str
) -> None:
    stack = sale.shelf.web
    segment_id, ids = crowd(stack, f"{point[5:9]}-guest-", 1500)
    with open_catcher(tmp_path / "mails") as (port, mailbox):
        crew.environment |= PATIENT | {"JOBS_LEASE_SECONDS": "2", "SMTP_PORT": str(port)}
        crew.keep(*SCHEDULER)
        crew.keep(*WORKER)
        fragile = crew.keep(*HEAVY_WORKER, HOLDFAST_CRASH_POINT=point)
        promos = together(sale, segment_id, 1)
        crew.until(lambda: stack.sql(AGAIN), "what a child died of was tried again", 60)
        crew.strike(fragile)
        until_told(crew, stack, promos, 75)
        was_told_once(stack, promos, ids, mailbox, 0)
