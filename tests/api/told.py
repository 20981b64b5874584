"""Customers in numbers, promos that begin, and what became of their announcement."""

from typing import Any

from app.core import context, db
from app.core.web import HoldfastApp, settings_of
from app.jobs.registry import JOBS
from app.mail import service as mail
from app.notifications.service import telling
from app.operations import service as operations
from tests.api.letters import told
from tests.api.made_promos import PROMOS
from tests.api.worked import tick, work_off
from tests.callers import Caller

TICK, PLAN, RANGE = "promos.announce_starts", "promos.plan_announcement", "promos.notify_range"
# Of the jobs of a plan, somebody cancels all but the first.
CANCEL = """
    UPDATE jobs SET state = 'cancelled', finished_at = clock_timestamp()
    WHERE name = %s AND id > (SELECT min(id) FROM jobs WHERE name = %s)
"""
PEOPLE = """
    WITH made AS (
        INSERT INTO users (username, email, password_hash, role, email_verified_at)
        SELECT %(name)s || n, %(name)s || n || '@shop.example', '', 'customer',
            CASE WHEN %(verified)s THEN clock_timestamp() END
        FROM generate_series(1, %(many)s) AS n RETURNING id, created_at
    )
    INSERT INTO customers (id, joined_at, in_app_opt_in, email_opt_in)
    SELECT id, created_at, %(in_app)s, %(email)s FROM made ORDER BY id RETURNING id
"""
REASONS = "SELECT customer_id, suppressed FROM notifications WHERE subject_id = %s ORDER BY customer_id"


def people(
    sql: Any, many: int, *, name: str = "c", in_app: bool = True, email: bool = False, verified: bool = True
) -> list[int]:
    """So many customers with these opt-ins; their ids."""
    facts = {"many": many, "name": name, "in_app": in_app, "email": email, "verified": verified}
    sql.execute(PEOPLE, facts)
    return [number for (number,) in sql.fetchall()]


def tell(app: HoldfastApp, subject: int, ids: list[int], **more: Any) -> dict[str, int]:
    """How a batch ended."""
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        db.take_longer(30)  # a worker may take longer than a page
        texts: dict[str, Any] = {"title": "Tea", "body": "Now", "mail": mail.drafted(template="test", sender="us")}
        about: dict[str, Any] = {"kind": "flash_promo", "subject_id": subject, "customer_ids": ids}
        return telling.tell(**about, **texts, settings=settings_of(app), **more)


def announced(app: HoldfastApp) -> None:
    """The clock and the workers go on until nothing is left to announce for now."""
    while tick(app, TICK) or work_off(app, PLAN, RANGE):
        work_off(app, PLAN, RANGE)
    tick(app, TICK)


def planned(app: HoldfastApp) -> None:
    """All that has begun is cut into ranges, and nobody was told yet."""
    tick(app, TICK)
    work_off(app, PLAN)


def reasons(app: HoldfastApp, promo_id: int) -> dict[int, str | None]:
    """Who was told of a promo (None), and who was not and why."""
    return dict(tuple(row) for row in told(app, REASONS, promo_id))


def progress(staff: Caller, promo_id: int) -> dict[str, Any]:
    """How far the announcement of a promo is."""
    answer = staff.get(f"{PROMOS}/{promo_id}/notifications")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json
    return shown


def again(app: HoldfastApp) -> list[Any]:
    """Every range that was ever asked for is told once more."""
    asked = told(app, "SELECT args FROM jobs WHERE name = %s ORDER BY id", RANGE)
    with app.app_context(), context.surroundings(source="job"):
        return [_done(args) for (args,) in asked]


def _done(args: dict[str, Any]) -> Any:
    with db.transaction():
        return JOBS[RANGE].call(**args)


def breaches(app: HoldfastApp) -> list[Any]:
    """What breaks an invariant of notifications or mails."""
    with app.app_context():
        found = [finding for finding in operations.check_invariants() if finding.rows]
    mine = ("notifications.", "mail.", "promos.")
    return [(each.invariant.name, each.rows) for each in found if each.invariant.name.startswith(mine)]
