"""Activations: what is taken, what the partner says, and what follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.interleaved import interleaved
from tests.api.letters import told
from tests.api.made_customers import CUSTOMERS
from tests.api.made_offers import ACTIVATION, asked, offer, partner, steps, wish
from tests.api.made_wallet import TRANSACTIONS, balance, rich, wrong_books
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.api.worked import work_off
from tests.callers import Caller

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "cli"}'


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


@pytest.fixture
def premium(staff: Caller, anna: Caller) -> int:
    """An offer at 9.90 for 30 days; anna has 50.00."""
    rich(staff, anna)
    return int(offer(staff)["id"])


def shown(caller: Caller, transaction_id: str) -> dict[str, Any]:
    answer = caller.get(f"{TRANSACTIONS}/{transaction_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def status(caller: Caller, transaction_id: str) -> str:
    answer = caller.get(f"{ACTIVATION}/status/{transaction_id}")
    assert answer.status_code == 200, answer.text
    found: str = answer.json["status"]
    return found


def test_the_price_is_taken_at_once_and_all_else_is_there(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded"):
        answer = wish(anna, premium)
    assert answer.status_code == 202
    assert answer.json == {"transaction_id": answer.json["transaction_id"], "status": "PENDING"}
    assert answer.headers["Location"] == f"{ACTIVATION}/status/{answer.json['transaction_id']}"
    assert balance(anna) == "40.10"
    made = shown(anna, answer.json["transaction_id"])
    wanted = {"status": "PENDING", "amount": "9.90", "completed_at": None, "reason": ""}
    assert made | wanted == made
    assert made["offer"] == {"id": premium, "name": "Premium", "duration_days": 30}
    subscriptions = told(app, "SELECT state, starts_at FROM subscriptions")
    jobs = told(app, "SELECT args FROM jobs WHERE name = 'offers.activate'")
    audited = told(app, "SELECT actor_id FROM audit_log WHERE action = 'activation.requested'")
    assert [tuple(row) for row in subscriptions + audited] == [("inactive", None), (anna.user_id,)]
    assert [row.args for row in jobs] == [{"transaction_id": made["transaction_id"], "step": 1}]


def test_a_success_is_settled_and_its_time_begins(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded") as told_partner:
        name = asked(anna, premium)
        work_off(app)
    made = shown(anna, name)
    assert (made["status"], balance(anna)) == ("SUCCESS", "40.10")
    assert told_partner.heard == [("POST", name)]
    (running,) = anna.get("/api/v1/account/subscriptions").json["data"]
    assert running["status"] == "active"
    late = datetime.fromisoformat(running["starts_at"]) - datetime.fromisoformat(made["completed_at"])
    assert timedelta() <= late < timedelta(seconds=10)
    length = told(app, "SELECT ends_at - starts_at AS length FROM subscriptions")
    assert length[0].length.days == 30
    assert [tuple(row) for row in told(app, "SELECT template FROM emails")] == [("offer_activated",)]


def test_a_refusal_is_paid_back_once(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "refused"):
        name = asked(anna, premium)
        work_off(app)
    made = shown(anna, name)
    assert (made["status"], made["reason"], balance(anna)) == ("FAILED", "no", "50.00")
    assert [row["status"] for row in anna.get("/api/v1/account/subscriptions").json["data"]] == ["failed"]
    assert [tuple(row) for row in told(app, "SELECT template FROM emails")] == [("offer_failed",)]


@pytest.mark.parametrize("word", ["pending", "unknown"])
@pytest.mark.parametrize(("end", "has"), [("succeeded", "40.10"), ("refused", "50.00")])
def test_what_is_not_definite_is_asked_for_and_not_sent_again(
    app: HoldfastApp, anna: Caller, premium: int, *, word: str, end: str, has: str
) -> None:
    with partner(app, word, word, word, end) as told_partner:
        name = asked(anna, premium)
        work_off(app)
    assert told_partner.heard == [("POST", name), *[("GET", name)] * 3]
    assert balance(anna) == has


def test_what_the_partner_never_heard_of_is_sent_again_and_then_paid_back(
    app: HoldfastApp, anna: Caller, premium: int
) -> None:
    with partner(app, *["unknown", "absent"] * 3, "unknown", "absent") as told_partner:
        name = asked(anna, premium)
        work_off(app)
    assert told_partner.heard == [("POST", name), ("GET", name)] * 4
    made = shown(anna, name)
    assert (made["status"], made["reason"], balance(anna)) == ("FAILED", "The partner never heard of it.", "50.00")


def test_nothing_is_paid_back_while_the_last_sending_may_be_under_way(
    app: HoldfastApp, anna: Caller, premium: int, sql: Any
) -> None:
    with partner(app, "absent", activation_retries=0, activation_absent_seconds=60) as told_partner:
        name = asked(anna, premium)
        steps(app, 3)
        assert (shown(anna, name)["status"], balance(anna)) == ("PROCESSING", "40.10")
        sql.execute("UPDATE activations SET sent_at = sent_at - interval '61 s'")
        work_off(app)
    assert [method for method, _ in told_partner.heard].count("POST") == 1
    assert balance(anna) == "50.00"


def test_a_late_answer_after_absence_still_counts(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "unknown", "absent", "unknown", "succeeded"):
        name = asked(anna, premium)
        work_off(app)
    assert (shown(anna, name)["status"], balance(anna)) == ("SUCCESS", "40.10")


def test_a_job_that_runs_again_does_nothing_more(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded") as told_partner:
        asked(anna, premium)
        work_off(app)
        told(app, "UPDATE jobs SET state = 'queued', attempts = 0, finished_at = NULL WHERE name = 'offers.activate'")
        work_off(app)
    assert len(told_partner.heard) == 1
    assert told(app, "SELECT count(*) AS n FROM transfers WHERE kind = 'settle'")[0].n == 1


def test_without_enough_money_nothing_happens(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    dear = offer(staff, price="50.01")["id"]
    rich(staff, anna)
    with partner(app, "succeeded"):
        assert_problem(wish(anna, dear), 409, "insufficient_balance", balance="50.00", needed="50.01")
    assert told(app, "SELECT id FROM activations") == []


def test_an_offer_that_is_not_sold_is_not_there(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    rich(staff, anna)
    hidden = offer(staff, is_active=False)["id"]
    with partner(app, "succeeded"):
        for offer_id in (hidden, 999_999):
            assert_problem(wish(anna, offer_id), 404, "offer_not_found")


def test_without_a_partner_nothing_is_sold(anna: Caller, premium: int) -> None:
    assert_problem(wish(anna, premium), 409, "no_partner")
    assert balance(anna) == "50.00"


def test_the_same_offer_is_not_taken_twice_unless_wanted(
    app: HoldfastApp, staff: Caller, anna: Caller, premium: int
) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
        assert_problem(wish(anna, premium), 409, "activation_in_progress", transaction_id=name)
        asked(anna, premium, repeat=True)
        asked(anna, offer(staff, name="Other")["id"])
        work_off(app)
        asked(anna, premium)
    assert balance(anna) == "10.40"


def test_of_many_at_once_one_is_taken(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded"):
        answers = at_once(app, 8, lambda _: wish(anna, premium).status_code)
    assert answers.count(202) == 1
    assert set(answers) <= {202, 409, 503}
    assert balance(anna) == "40.10"


def test_who_asks_while_the_same_is_being_asked_for_waits_and_is_refused(
    app: HoldfastApp, anna: Caller, premium: int, db_url: str
) -> None:
    activate = "SELECT (offers_activate(gen_random_uuid(), %s, %s, false, 'EUR', 36600, %s)).id"
    wanted = (activate, [anna.user_id, premium, WHO])
    assert interleaved(db_url, wanted, wanted) == "activation_in_progress"
    with partner(app, "succeeded"):
        work_off(app)
    assert balance(anna) == "40.10"


def test_of_many_repeats_at_once_as_many_are_taken_as_there_is_money(
    app: HoldfastApp, anna: Caller, premium: int
) -> None:
    with partner(app, "succeeded"):
        answers = at_once(app, 8, lambda _: wish(anna, premium, repeat=True).status_code)
        assert answers.count(202) <= 5
        while wish(anna, premium, repeat=True).status_code == 202:
            pass
    assert balance(anna) == "0.50"


def test_a_wish_that_is_sent_twice_under_one_key_is_one(app: HoldfastApp, anna: Caller, premium: int) -> None:
    key = {"Idempotency-Key": "the-same"}
    with partner(app, "succeeded"):
        first = wish(anna, premium, headers=key)
        again = wish(anna, premium, headers=key)
    assert (again.json, again.status_code, again.headers["Idempotent-Replayed"]) == (first.json, 202, "true")
    assert balance(anna) == "40.10"


def test_only_customers_activate(app: HoldfastApp, as_role: AsRole, premium: int) -> None:
    with partner(app, "succeeded"):
        for role in ("viewer", "operator"):
            assert_problem(wish(as_role(role), premium), 403, "not_permitted")


def test_another_customers_transaction_is_not_there(app: HoldfastApp, anna: Caller, bert: Caller, premium: int) -> None:
    with partner(app, "succeeded"):
        name = asked(anna, premium)
        for work in (False, True):
            if work:
                work_off(app)
            assert status(anna, name) in {"PENDING", "SUCCESS"}
            assert_problem(bert.get(f"{ACTIVATION}/status/{name}"), 404, "transaction_not_found")
            assert_problem(bert.get(f"{TRANSACTIONS}/{name}"), 404, "transaction_not_found")
    assert bert.get(f"{TRANSACTIONS}?customer_id={anna.user_id}").json["data"] == []
    assert bert.get("/api/v1/account/subscriptions").json["data"] == []


def test_a_customer_with_an_activation_in_progress_is_not_deleted(
    app: HoldfastApp, staff: Caller, anna: Caller
) -> None:
    rich(staff, anna, "9.90")
    where = f"{CUSTOMERS}/{anna.user_id}"
    with partner(app, "succeeded"):
        name = asked(anna, offer(staff)["id"])
        assert_problem(staff.delete(where), 409, "activations_open", transaction_id=name)
        work_off(app)
    assert staff.delete(where).status_code == 204


def test_what_was_activated_keeps_its_price_and_its_days(
    app: HoldfastApp, staff: Caller, anna: Caller, premium: int
) -> None:
    with partner(app, "refused"):
        name = asked(anna, premium)
        staff.patch(f"/api/v1/offers/{premium}", json={"price": "1.00", "duration_days": 1, "name": "New"})
        work_off(app)
    assert (balance(anna), shown(anna, name)["offer"]["name"]) == ("50.00", "Premium")


def test_nobody_pays_for_more_than_a_century(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    long = offer(staff, price="0.01", duration_days=3660)["id"]
    rich(staff, anna)
    with partner(app, "succeeded"):
        for _ in range(10):
            asked(anna, long, repeat=True)
        assert_problem(wish(anna, long, repeat=True), 409, "subscription_too_far", most_days=36_600)
        work_off(app)
        assert_problem(wish(anna, long), 409, "subscription_too_far")


def test_transactions_are_listed_and_filtered(app: HoldfastApp, staff: Caller, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded"):
        first = asked(anna, premium)
        work_off(app)
        second = asked(anna, premium)
    for who in (anna, staff):
        listed = who.get(TRANSACTIONS).json["data"]
        assert [row["transaction_id"] for row in listed] == [second, first]
        listed = who.get(f"{TRANSACTIONS}?status=SUCCESS&offer_id={premium}&stuck=false").json["data"]
        assert [row["transaction_id"] for row in listed] == [first]
    assert anna.get(f"{TRANSACTIONS}?limit=1").json["data"][0]["transaction_id"] == second
    assert_problem(anna.get(f"{TRANSACTIONS}?status=DONE"), 422, "validation_failed")
