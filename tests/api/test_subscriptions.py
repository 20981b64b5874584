"""Paid periods: they chain, end, and are told of before."""

from typing import Any

import psycopg2
import pytest

from app.core.web import HoldfastApp
from tests.api.interleaved import interleaved
from tests.api.letters import told
from tests.api.made_offers import SUBSCRIPTIONS, asked, offer, partner
from tests.api.made_wallet import rich, wrong_books
from tests.api.problem import assert_problem
from tests.api.worked import tick, work_off
from tests.callers import Caller

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "job"}'
END = "SELECT (offers_end(%s, NULL, 'SUCCESS', 'succeeded', '', '', %s)).status"
SHIFT = "UPDATE subscriptions SET starts_at = starts_at - %s::interval, ends_at = ends_at - %s::interval WHERE id = %s"
DRIFT = "UPDATE activations SET created_at = created_at - %s::interval, completed_at = completed_at - %s::interval"


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


@pytest.fixture
def premium(staff: Caller, anna: Caller) -> int:
    """An offer at 9.90 for 30 days; anna has 50.00."""
    rich(staff, anna)
    return int(offer(staff)["id"])


def activated(app: HoldfastApp, caller: Caller, offer_id: int, times: int = 1) -> None:
    with partner(app, "succeeded"):
        for _ in range(times):
            asked(caller, offer_id, repeat=True)
        work_off(app)


def pass_by(app: HoldfastApp, span: str) -> None:
    """So much time is over: for the earliest period first, as periods may not overlap even within a statement."""
    told(app, DRIFT, span, span)
    for row in told(app, "SELECT id FROM subscriptions ORDER BY starts_at"):
        told(app, SHIFT, span, span, row.id)


def shown(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"{SUBSCRIPTIONS}{query}")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows


def test_a_renewal_begins_when_the_running_period_ends(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    (first,) = shown(anna)
    activated(app, anna, premium, times=2)
    third, second, still = shown(anna)
    assert still == first, "a renewal shortens nothing"
    assert [row["status"] for row in (first, second, third)] == ["active", "scheduled", "scheduled"]
    assert (second["starts_at"], third["starts_at"]) == (first["ends_at"], second["ends_at"])


def test_after_the_end_a_period_begins_at_once(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    pass_by(app, "31 days")
    activated(app, anna, premium)
    second, first = shown(anna)
    assert [first["status"], second["status"]] == ["expired", "active"]
    assert second["starts_at"] > first["ends_at"]


def test_another_offer_and_another_customer_wait_for_nobody(
    app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller, premium: int
) -> None:
    other = offer(staff, name="Other")["id"]
    rich(staff, bert)
    activated(app, anna, premium)
    activated(app, anna, other)
    activated(app, bert, premium)
    assert [row["status"] for who in (anna, bert) for row in shown(who)] == ["active"] * 3


def test_two_renewals_that_end_at_once_chain(app: HoldfastApp, anna: Caller, premium: int, db_url: str) -> None:
    with partner(app, "succeeded"):
        first, second = (asked(anna, premium, repeat=True) for _ in range(2))
    assert interleaved(db_url, (END, [first, WHO]), (END, [second, WHO])) == "SUCCESS"
    later, sooner = sorted(shown(anna), key=lambda row: str(row["starts_at"]), reverse=True)
    assert later["starts_at"] == sooner["ends_at"]


def test_no_two_periods_can_overlap(app: HoldfastApp, anna: Caller, premium: int, sql: Any) -> None:
    activated(app, anna, premium, times=2)
    with pytest.raises(psycopg2.Error, match="ex_subscriptions_overlap"):
        sql.execute("UPDATE subscriptions SET ends_at = ends_at + interval '1 s'")


def test_an_end_is_seen_at_once_and_written_down_by_the_job(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    assert tick(app, "offers.end_subscriptions") == 0
    pass_by(app, "30 days")
    assert [row["status"] for row in shown(anna)] == ["expired"]
    assert told(app, "SELECT state FROM subscriptions")[0].state == "active"
    assert [tick(app, "offers.end_subscriptions") for _ in range(2)] == [1, 0]
    assert told(app, "SELECT state FROM subscriptions")[0].state == "expired"
    assert [row["status"] for row in shown(anna)] == ["expired"]
    assert told(app, "SELECT count(*) AS n FROM audit_log WHERE action = 'subscription.expired'")[0].n == 1


def test_what_ends_soon_is_listed_and_told_once(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    pass_by(app, "26 days 23 hours")
    assert shown(anna, "?expiring_in_days=3") == []
    assert tick(app, "offers.remind") == 0
    pass_by(app, "2 hours")
    assert len(shown(anna, "?expiring_in_days=3")) == 1
    assert [tick(app, "offers.remind") for _ in range(2)] == [1, 0]
    work_off(app, "offers.write_mail")
    mails = told(app, "SELECT template, subject FROM emails ORDER BY id")
    assert [mail.template for mail in mails] == ["offer_activated", "offer_ending"]
    assert mails[1].subject.startswith("Premium ends on 20")
    pass_by(app, "3 days")
    assert shown(anna, "?expiring_in_days=3") == []
    assert tick(app, "offers.remind") == 0


def test_nobody_is_told_of_an_end_that_is_renewed(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium, times=2)
    pass_by(app, "28 days")
    tick(app, "offers.remind")
    work_off(app, "offers.write_mail")
    assert told(app, "SELECT id FROM emails WHERE template = 'offer_ending'") == []


def test_what_ends_next_comes_first_page_by_page(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    rich(staff, anna)
    for days in (3, 1, 2):
        activated(app, anna, offer(staff, name=f"{days} days", duration_days=days)["id"])
    query, found, cursor = "?expiring_in_days=3&limit=2", [], ""
    for _ in range(2):
        page = anna.get(f"{SUBSCRIPTIONS}{query}{cursor}").json
        found += [row["offer"]["name"] for row in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ["1 days", "2 days", "3 days"]
    assert_problem(anna.get(f"{SUBSCRIPTIONS}?expiring_in_days=-1"), 422, "validation_failed")


def test_each_mail_is_written_once(app: HoldfastApp, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    told(app, "UPDATE jobs SET state = 'queued', attempts = 0, finished_at = NULL WHERE name = 'offers.write_mail'")
    work_off(app, "offers.write_mail")
    assert told(app, "SELECT count(*) AS n FROM emails")[0].n == 1


def test_staff_see_all_or_those_of_one(app: HoldfastApp, staff: Caller, anna: Caller, premium: int) -> None:
    activated(app, anna, premium)
    assert len(shown(staff)) == len(shown(staff, f"?customer_id={anna.user_id}")) == 1
    assert shown(staff, f"?customer_id={staff.user_id}") == []
