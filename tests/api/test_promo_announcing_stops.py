"""An announcement stops with its promo and goes on with it; the more important promo tells first."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.made_promos import PROMOS, complete, hold, promo
from tests.api.told import CANCEL, RANGE, announced, breaches, people, planned, progress, reasons
from tests.api.worked import tick
from tests.callers import Caller


@pytest.fixture
def sale(operator: Caller) -> dict[str, Any]:
    """A running promo for all."""
    return promo(operator, quantity=5)


@pytest.mark.usefixtures("ten_at_once")
def test_a_pause_stops_it_and_it_goes_on_afterwards(
    app: HoldfastApp, sql: Any, operator: Caller, sale: dict[str, Any]
) -> None:
    ids = people(sql, 25)
    planned(app)
    operator.post(f"{PROMOS}/{sale['id']}/pause")
    announced(app)
    announced(app)
    assert (reasons(app, sale["id"]), progress(operator, sale["id"])["state"]) == ({}, "stopped")
    operator.post(f"{PROMOS}/{sale['id']}/resume")
    announced(app)
    assert reasons(app, sale["id"]) == dict.fromkeys(ids)
    assert progress(operator, sale["id"])["state"] == "done"


def test_a_promo_that_is_paused_when_it_starts_tells_when_it_goes_on(
    app: HoldfastApp, anna: Caller, operator: Caller, sale: dict[str, Any]
) -> None:
    operator.post(f"{PROMOS}/{sale['id']}/pause")
    announced(app)
    assert reasons(app, sale["id"]) == {}
    operator.post(f"{PROMOS}/{sale['id']}/resume")
    announced(app)
    assert reasons(app, sale["id"]) == {anna.user_id: None}


def test_while_it_is_sold_out_nobody_is_told_and_when_a_unit_is_back_it_goes_on(
    app: HoldfastApp, anna: Caller, bert: Caller, operator: Caller, sql: Any
) -> None:
    sale = promo(operator)
    planned(app)
    complete(anna, hold(anna, sale["id"]))
    announced(app)
    assert (reasons(app, sale["id"]), progress(operator, sale["id"])["state"]) == ({}, "stopped")
    sql.execute("UPDATE orders SET pay_by = clock_timestamp() - interval '1 s'")
    tick(app, "orders.expire_unpaid")
    announced(app)
    assert reasons(app, sale["id"]) == {anna.user_id: None, bert.user_id: None}


@pytest.mark.parametrize("reason", ["paused", "sold_out", "ended"])
def test_who_was_not_told_before_the_end_has_the_reason(
    app: HoldfastApp, anna: Caller, bert: Caller, operator: Caller, reason: str
) -> None:
    sale, second = promo(operator), promo(operator)
    planned(app)
    if reason == "paused":
        operator.post(f"{PROMOS}/{sale['id']}/pause")
    if reason == "sold_out":
        complete(anna, hold(anna, sale["id"]))
    if reason != "ended":
        announced(app)
    operator.post(f"{PROMOS}/{sale['id']}/end")
    announced(app)
    assert reasons(app, sale["id"]) == dict.fromkeys([anna.user_id, bert.user_id], reason)
    assert reasons(app, second["id"]) == dict.fromkeys([anna.user_id, bert.user_id])
    shown = progress(operator, sale["id"])
    assert (shown["state"], shown["told"], shown["suppressed"]) == ("done", 0, {reason: 2})
    assert breaches(app) == []


def test_the_end_keeps_who_was_told(app: HoldfastApp, sql: Any, operator: Caller, ten_at_once: None) -> None:
    people(sql, 25)
    sale = promo(operator)
    planned(app)
    sql.execute(CANCEL, [RANGE, RANGE])
    announced(app)
    operator.post(f"{PROMOS}/{sale['id']}/end")
    sql.execute("UPDATE promo_announcement_ranges SET asked_at = NULL WHERE done_at IS NULL")
    announced(app)
    shown = progress(operator, sale["id"])
    assert (shown["told"], shown["suppressed"]) == (10, {"ended": 15})
    assert breaches(app) == []


def test_of_promos_that_are_due_together_the_more_important_one_tells_first(
    app: HoldfastApp, anna: Caller, operator: Caller
) -> None:
    low, high = promo(operator, priority=0), promo(operator, priority=9)
    planned(app)
    assert progress(operator, low["id"])["state"] == "waiting"
    announced(app)
    assert (reasons(app, high["id"]), reasons(app, low["id"])) == ({anna.user_id: None}, {anna.user_id: "cap"})
    assert progress(operator, low["id"])["state"] == "done"


def test_a_more_important_promo_that_is_stopped_keeps_nobody_waiting(
    app: HoldfastApp, anna: Caller, operator: Caller
) -> None:
    low, high = promo(operator, priority=0), promo(operator, priority=9)
    operator.post(f"{PROMOS}/{high['id']}/pause")
    announced(app)
    assert reasons(app, low["id"]) == {anna.user_id: None}
    operator.post(f"{PROMOS}/{high['id']}/resume")
    announced(app)
    assert reasons(app, high["id"]) == {anna.user_id: "cap"}


def test_a_more_important_promo_whose_job_was_given_up_keeps_nobody_waiting_for_long(
    app: HoldfastApp, anna: Caller, operator: Caller, sql: Any
) -> None:
    low, high = promo(operator, priority=0), promo(operator, priority=9)
    planned(app)
    sql.execute("UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE name = %s", [RANGE])
    announced(app)
    assert reasons(app, low["id"]) == {}
    sql.execute("UPDATE promo_announcements SET started_at = started_at - interval '6 min'")
    sql.execute("UPDATE promo_announcement_ranges SET asked_at = asked_at - interval '6 min'")
    announced(app)
    assert (reasons(app, low["id"]), reasons(app, high["id"])) == ({anna.user_id: None}, {})


def test_promos_of_one_priority_share_the_customers(app: HoldfastApp, sql: Any, operator: Caller) -> None:
    ids = people(sql, 30)
    sales = [promo(operator)["id"] for _ in range(3)]
    announced(app)
    found = [reasons(app, each) for each in sales]
    assert [[each[number] for each in found].count(None) for number in ids] == [1] * 30
    assert breaches(app) == []
