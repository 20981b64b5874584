"""The inbox of a customer: own, newest first, read once, forgotten in time."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.core.web import HoldfastApp
from app.notifications.service import telling
from tests.api.conftest import AsRole
from tests.api.letters import told
from tests.api.problem import assert_problem
from tests.api.told import breaches, tell
from tests.api.worked import tick
from tests.callers import Caller

INBOX = "/api/v1/notifications"


def moved_back(sql: Any, day: str, where: str) -> None:
    """What was told on these days was told on others."""
    for table in ("notifications", "notification_quotas"):
        sql.execute(f"UPDATE {table} SET day = {day} WHERE {where}")  # noqa: S608 - the words are ours


@pytest.fixture
def three(app: HoldfastApp, anna: Caller, bert: Caller, sql: Any) -> list[int]:
    """Anna was told three times and once not, Bert once; the ids of Anna's, the newest first."""
    for subject in (1, 2, 3):
        tell(app, subject, [anna.user_id])
        moved_back(sql, f"day - {4 - subject}", "day = current_date")
    tell(app, 4, [anna.user_id], reason="paused")
    tell(app, 5, [bert.user_id])
    return [row["id"] for row in anna.get(INBOX).json["data"]]


def subjects(answer: Any) -> list[int]:
    """What the rows of a page are about."""
    assert answer.status_code == 200, answer.text
    return [row["subject_id"] for row in answer.json["data"]]


def test_an_inbox_has_what_its_customer_was_told_the_newest_first(anna: Caller, bert: Caller, three: list[int]) -> None:
    answer = anna.get(INBOX)
    assert subjects(answer) == [3, 2, 1]
    assert answer.json["data"][0].keys() == {
        "id", "kind", "subject_id", "customer_id", "title", "body", "created_at", "read_at"
    }  # fmt: skip
    assert subjects(bert.get(INBOX)) == [5]
    assert subjects(bert.get(f"{INBOX}?customer_id={anna.user_id}")) == [5]


def test_pages_follow_one_another(anna: Caller, three: list[int]) -> None:
    first = anna.get(f"{INBOX}?limit=2")
    assert subjects(first) == [3, 2]
    assert subjects(anna.get(f"{INBOX}?limit=2&cursor={first.json['next_cursor']}")) == [1]
    assert_problem(anna.get(f"{INBOX}?cursor=made-up"), 400, "bad_cursor")


def test_staff_name_the_customer(anna: Caller, staff: Caller, three: list[int]) -> None:
    assert subjects(staff.get(f"{INBOX}?customer_id={anna.user_id}")) == [3, 2, 1]
    assert subjects(staff.get(INBOX)) == []


def test_what_goes_by_mail_alone_is_not_in_the_inbox(app: HoldfastApp, anna: Caller, sql: Any) -> None:
    sql.execute("UPDATE customers SET in_app_opt_in = false, email_opt_in = true")
    sql.execute("UPDATE users SET email_verified_at = clock_timestamp()")
    assert tell(app, 1, [anna.user_id])["email"] == 1
    assert subjects(anna.get(INBOX)) == []


def test_reading_again_changes_nothing_and_another_ones_is_not_there(
    anna: Caller, bert: Caller, staff: Caller, three: list[int]
) -> None:
    place = f"{INBOX}/{three[1]}/read"
    read = anna.post(place)
    assert (read.status_code, read.json["subject_id"]) == (200, 2)
    assert read.json["read_at"] is not None
    assert anna.post(place).json == read.json
    assert subjects(anna.get(f"{INBOX}?unread=true")) == [3, 1]
    assert_problem(bert.post(place), 404, "notification_not_found", notification_id=three[1])
    assert_problem(anna.post(f"{INBOX}/{three[0] + 1}/read"), 404, "notification_not_found")  # it was suppressed
    assert_problem(staff.post(place), 403, "not_permitted")


def test_all_are_read_at_once_and_nobody_elses(anna: Caller, bert: Caller, three: list[int]) -> None:
    anna.post(f"{INBOX}/{three[0]}/read")
    assert [anna.post(f"{INBOX}/read-all").json for _ in range(2)] == [{"read": 2}, {"read": 0}]
    assert subjects(anna.get(f"{INBOX}?unread=true")) == []
    assert subjects(bert.get(f"{INBOX}?unread=true")) == [5]


def test_nothing_is_left_of_what_a_deleted_customer_was_told(
    app: HoldfastApp, anna: Caller, bert: Caller, staff: Caller, three: list[int]
) -> None:
    assert staff.delete(f"/api/v1/customers/{anna.user_id}").status_code == 204
    assert told(app, "SELECT DISTINCT customer_id FROM notifications") == [(bert.user_id,)]
    assert told(app, "SELECT DISTINCT customer_id FROM notification_quotas") == [(bert.user_id,)]
    assert breaches(app) == []


def test_what_is_old_is_forgotten(app: HoldfastApp, anna: Caller, three: list[int], sql: Any) -> None:
    moved_back(sql, "day - 88", "day < current_date")  # 1, 2 and 3 days ago
    assert tick(app, "notifications.forget_old") == 2
    assert subjects(anna.get(INBOX)) == [3, 2]
    assert told(app, "SELECT count(*) FROM notification_quotas") == [(3,)]
    assert tick(app, "notifications.forget_old") == 0


def test_the_page_of_a_customer_shows_what_they_were_told_and_what_not(
    anna: Caller, as_role: AsRole, three: list[int], sql: Any
) -> None:
    sql.execute("UPDATE notifications SET title = '<img src=x onerror=alert(1)>' WHERE id = %s", [three[0]])
    page = as_role("viewer").client
    shown = page.get(f"/console/customers/{anna.user_id}").text
    place = f"/console/customers/{anna.user_id}/notifications"
    assert place in shown
    listed = page.get(place).text
    assert listed.count("In the shop") == 3
    assert listed.count("Promo paused") == 1
    assert "&lt;img src=x" in listed
    assert "<img src=x" not in listed
    assert page.get("/console/customers/999999/notifications").status_code == 404


def test_who_has_nothing_sees_why(bert: Caller, as_role: AsRole) -> None:
    assert "No notifications" in as_role("viewer").client.get(f"/console/customers/{bert.user_id}/notifications").text


def test_metrics_count_by_channel_and_reason(app: HoldfastApp) -> None:
    labels = [("in_app", "sent"), ("email", "sent"), ("none", "cap"), ("none", "paused")]
    before = [_counted(*each) for each in labels]
    telling.count({"told": 3, "in_app": 2, "email": 3, "cap": 7})
    assert [_counted(*each) - was for each, was in zip(labels, before, strict=True)] == [2, 3, 7, 0]


def _counted(channel: str, status: str) -> float:
    return REGISTRY.get_sample_value("notifications_total", {"channel": channel, "status": status}) or 0
