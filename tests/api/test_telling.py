"""A customer is told of each subject once and so often a day at most, by the channels that they chose."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import Choose
from tests.api.interleaved import interleaved
from tests.api.letters import told
from tests.api.parallel import at_once
from tests.api.told import breaches, people, reasons, tell

QUOTAS = "SELECT customer_id, told FROM notification_quotas WHERE told > 0 ORDER BY customer_id"
KEYS = "SELECT key, recipient FROM emails ORDER BY id"
CALL = """
    SELECT notifications_tell('flash_promo', %s, %s, current_date, %s, NULL, 'Tea', 'Now', NULL, '{}'::jsonb)
"""


@pytest.mark.parametrize(
    ("chose", "channels", "reason"),
    [
        ({"in_app": True, "email": False}, ("in_app",), None),
        ({"in_app": True, "email": True}, ("in_app", "email"), None),
        ({"in_app": False, "email": True}, ("email",), None),
        ({"in_app": True, "email": True, "verified": False}, ("in_app",), None),
        ({"in_app": False, "email": True, "verified": False}, (), "no_channel"),
        ({"in_app": False, "email": False}, (), "no_channel"),
    ],
)
@pytest.mark.usefixtures("clean")
def test_the_channels_are_those_that_were_chosen_and_only_a_verified_address_gets_mail(
    app: HoldfastApp, sql: Any, chose: dict[str, Any], channels: tuple[str, ...], reason: str | None
) -> None:
    [one] = people(sql, 1, **chose)
    outcome = tell(app, 1, [one])
    assert {channel for channel in ("in_app", "email") if outcome[channel]} == set(channels)
    assert reasons(app, 1) == {one: reason}
    assert outcome.get("no_channel", 0) == (reason is not None)
    mails = [(f"flash_promo:1:{one}", "c1@shop.example")] if "email" in channels else []
    assert [tuple(row) for row in told(app, KEYS)] == mails
    assert len(told(app, "SELECT id FROM jobs WHERE name = 'mail.deliver_many'")) == len(mails)
    [(since,)] = told(app, "SELECT last_notified_at IS NOT NULL FROM customers WHERE id = %s", one)
    assert since == (reason is None)
    assert breaches(app) == []


@pytest.mark.usefixtures("clean")
def test_who_was_told_is_not_told_again(app: HoldfastApp, sql: Any) -> None:
    ids = people(sql, 3, email=True)
    assert tell(app, 1, ids[:2]) == {"told": 2, "in_app": 2, "email": 2}
    assert tell(app, 1, ids) == {"told": 1, "in_app": 1, "email": 1}
    assert tell(app, 1, ids) == {"told": 0, "in_app": 0, "email": 0}
    assert [tuple(row) for row in told(app, QUOTAS)] == [(number, 1) for number in ids]
    assert len(told(app, KEYS)) == 3


@pytest.mark.parametrize("cap", [1, 2])
@pytest.mark.usefixtures("clean")
def test_the_cap_counts_over_all_promos_of_a_business_day(app: HoldfastApp, sql: Any, choose: Choose, cap: int) -> None:
    choose(notifications_per_day=cap)
    [one] = people(sql, 1)
    outcomes = [tell(app, subject, [one]) for subject in (1, 2, 3)]
    assert [outcome["told"] for outcome in outcomes] == [1] * cap + [0] * (3 - cap)
    assert outcomes[-1]["cap"] == 1
    assert reasons(app, 3) == {one: "cap"}
    assert breaches(app) == []
    for table in ("notifications", "notification_quotas"):
        sql.execute(f"UPDATE {table} SET day = day - 1")  # noqa: S608 - the names are ours
    assert tell(app, 4, [one])["told"] == 1


@pytest.mark.usefixtures("clean")
def test_the_day_of_the_cap_is_the_one_that_the_shop_has(app: HoldfastApp, sql: Any, choose: Choose) -> None:
    """It is never the same day on both sides of the date line."""
    [one] = people(sql, 1)
    told_of = []
    for subject, zone in enumerate(("Etc/GMT+12", "Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Kiritimati"), start=1):
        choose(business_zone=zone)
        told_of.append(tell(app, subject, [one])["told"])
    assert told_of == [1, 1, 0, 0]
    assert breaches(app) == []


@pytest.mark.parametrize("reason", ["paused", "sold_out", "ended"])
@pytest.mark.usefixtures("clean")
def test_what_is_suppressed_keeps_its_reason_and_does_not_use_up_the_day(
    app: HoldfastApp, sql: Any, reason: str
) -> None:
    ids = people(sql, 2, email=True)
    assert tell(app, 1, ids, reason=reason) == {"told": 0, "in_app": 0, "email": 0, reason: 2}
    assert reasons(app, 1) == dict.fromkeys(ids, reason)
    assert (told(app, QUOTAS), told(app, KEYS)) == ([], [])
    assert tell(app, 2, ids)["told"] == 2
    assert breaches(app) == []


@pytest.mark.usefixtures("clean")
def test_in_quiet_hours_nobody_is_told_and_the_day_is_not_used_up(app: HoldfastApp, sql: Any, choose: Choose) -> None:
    [one] = people(sql, 1)
    before, after = ((datetime.now(UTC) + timedelta(hours=hours)).time() for hours in (-2, 2))
    choose(quiet_hours=(before, after))
    assert tell(app, 1, [one])["quiet_hours"] == 1
    choose(quiet_hours=(after, before))
    assert tell(app, 2, [one])["told"] == 1


@pytest.mark.usefixtures("clean")
def test_who_is_not_active_is_passed_over(app: HoldfastApp, sql: Any) -> None:
    one, two = people(sql, 2)
    sql.execute("UPDATE customers SET is_active = false WHERE id = %s", [one])
    assert tell(app, 1, [one, two, 10**9])["told"] == 1
    assert reasons(app, 1) == {two: None}


@pytest.mark.usefixtures("clean")
def test_many_promos_at_once_tell_each_customer_once(app: HoldfastApp, sql: Any) -> None:
    ids = people(sql, 200, email=True)
    outcomes = at_once(app, 6, lambda number: tell(app, number + 1, ids if number % 2 else ids[::-1]))
    assert sum(outcome["told"] for outcome in outcomes) == 200
    assert sum(outcome.get("cap", 0) for outcome in outcomes) == 1000
    assert len(told(app, KEYS)) == 200
    assert breaches(app) == []


@pytest.mark.usefixtures("clean")
def test_batches_that_overlap_tell_once_and_give_back_the_quota_that_was_too_much(
    app: HoldfastApp, sql: Any, db_url: str
) -> None:
    ids = people(sql, 3)
    outcome = interleaved(db_url, (CALL, [1, ids[:2], 5]), (CALL, [1, ids, 5]))
    assert outcome == {"told": 1, "in_app": 1, "email": 0}
    assert [tuple(row) for row in told(app, QUOTAS)] == [(number, 1) for number in ids]
    assert breaches(app) == []


@pytest.mark.usefixtures("clean")
def test_two_promos_that_meet_at_a_customer_leave_one_notification(app: HoldfastApp, sql: Any, db_url: str) -> None:
    ids = people(sql, 2)
    outcome = interleaved(db_url, (CALL, [1, ids, 1]), (CALL, [2, ids[::-1], 1]))
    assert outcome == {"told": 0, "in_app": 0, "email": 0, "cap": 2}
    assert breaches(app) == []


@pytest.mark.usefixtures("clean")
def test_quotas_are_taken_in_the_order_of_ids_whatever_the_order_of_the_table(app: HoldfastApp, sql: Any) -> None:
    ids = people(sql, 5)
    for number in (ids[1], ids[3]):  # a row that changes goes to the end of the table
        for table in ("customers", "users"):
            sql.execute(f"UPDATE {table} SET is_active = true WHERE id = %s", [number])  # noqa: S608 - the names are ours
    sql.execute("TRUNCATE notification_quotas")  # an empty table is filled from its first page on
    tell(app, 1, ids)
    assert [number for (number,) in told(app, "SELECT customer_id FROM notification_quotas ORDER BY ctid")] == ids
    assert [number for (number,) in told(app, "SELECT customer_id FROM notifications ORDER BY id")] == ids
