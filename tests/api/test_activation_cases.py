"""Activations that take long: taken over, stuck, ended by operators; and two who are at one of them at once."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.interleaved import interleaved
from tests.api.letters import told
from tests.api.made_offers import asked, offer, partner, steps
from tests.api.made_wallet import TRANSACTIONS, balance, rich, wrong_books
from tests.api.problem import assert_problem
from tests.api.worked import tick, work_off
from tests.callers import Caller

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "job"}'
END = "SELECT (offers_end(%s, %s, %s, NULL, '', '', %s)).status"


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


@pytest.fixture
def premium(staff: Caller, anna: Caller) -> int:
    """An offer at 9.90 for 30 days; anna has 50.00."""
    rich(staff, anna)
    return int(offer(staff)["id"])


def verb(staff: Caller, name: str, what: str) -> Any:
    body = {} if what == "ask" else {"note": "they say so"}
    return staff.post(f"{TRANSACTIONS}/{name}/{what}", **({"json": body} if body else {}))


def state(app: HoldfastApp, column: str) -> Any:
    return told(app, f"SELECT {column} AS found FROM activations")[0].found  # noqa: S608 - a column of ours


@pytest.mark.parametrize(("what", "ends", "has"), [("settle", "SUCCESS", "40.10"), ("refund", "FAILED", "50.00")])
def test_an_operator_ends_what_the_partner_is_silent_about(
    app: HoldfastApp, staff: Caller, anna: Caller, premium: int, *, what: str, ends: str, has: str
) -> None:
    with partner(app, "unknown", activation_patience_seconds=3600):
        name = asked(anna, premium)
        steps(app, 2)
        assert_problem(verb(staff, name, what), 409, "transaction_not_stuck")
        told(app, "UPDATE activations SET begun_at = begun_at - interval '1 hour'")
        steps(app)
        listed = staff.get(f"{TRANSACTIONS}?stuck=true").json["data"]
        assert [row["transaction_id"] for row in listed] == [name]
        answer = verb(staff, name, what)
        assert (answer.status_code, answer.json["status"], answer.json["reason"]) == (200, ends, "they say so")
        steps(app)
    assert balance(anna) == has
    assert_problem(verb(staff, name, what), 409, "transaction_ended", transaction_status=ends)
    assert staff.get(f"{TRANSACTIONS}?stuck=true").json["data"] == []
    audited = told(app, "SELECT action, actor_id FROM audit_log WHERE action LIKE 'activation.%%' ORDER BY id")
    end = "activation.succeeded" if ends == "SUCCESS" else "activation.failed"
    assert [tuple(row) for row in audited][1:] == [("activation.stuck", None), (end, staff.user_id)]


def test_a_stuck_one_is_asked_about_on_and_ends_by_itself(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "unknown", "unknown", "unknown", "succeeded", activation_patience_seconds=3600):
        asked(anna, premium)
        steps(app)
        told(app, "UPDATE activations SET begun_at = begun_at - interval '1 hour'")
        steps(app, 2)
        assert state(app, "stuck_at") is not None
        steps(app)
    assert (state(app, "status"), balance(anna)) == ("SUCCESS", "40.10")


def test_who_asks_again_takes_over_at_once(app: HoldfastApp, staff: Caller, anna: Caller, premium: int) -> None:
    with partner(app, "pending", "pending", "succeeded", activation_backoff_seconds=600) as there:
        name = asked(anna, premium)
        steps(app)
        before = state(app, "step")
        assert verb(staff, name, "ask").status_code == 200
        assert state(app, "step") == before + 1
        steps(app)
        assert len(there.heard) == 2, "the job that was taken over asked nothing"
        steps(app)
    assert state(app, "status") == "SUCCESS"


@pytest.mark.parametrize("what", ["ask", "settle", "refund"])
def test_only_operators_do_so(
    app: HoldfastApp, as_role: AsRole, anna: Caller, staff: Caller, premium: int, *, what: str
) -> None:
    with partner(app, "unknown"):
        name = asked(anna, premium)
    for who in (anna, as_role("viewer")):
        assert_problem(verb(who, name, what), 403, "not_permitted")
    missing = "0190e9a0-0000-7000-8000-000000000000"
    assert_problem(verb(staff, missing, what), 404, "transaction_not_found")


def test_an_activation_whose_job_is_lost_is_taken_up(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded", activation_overdue_seconds=60):
        asked(anna, premium)
        told(app, "UPDATE jobs SET state = 'dead', finished_at = clock_timestamp() WHERE name = 'offers.activate'")
        assert tick(app, "offers.resume_late") == 0
        told(app, "UPDATE activations SET next_step_at = next_step_at - interval '61 s'")
        assert tick(app, "offers.resume_late") == 1
        assert tick(app, "offers.resume_late") == 0
        work_off(app)
    assert state(app, "status") == "SUCCESS"


def test_one_that_waits_for_a_worker_is_left_alone(app: HoldfastApp, anna: Caller, premium: int) -> None:
    with partner(app, "succeeded", activation_overdue_seconds=60):
        asked(anna, premium)
        told(app, "UPDATE activations SET next_step_at = next_step_at - interval '1 hour'")
        assert tick(app, "offers.resume_late") == 0
        assert len(told(app, "SELECT id FROM jobs WHERE name = 'offers.activate'")) == 1
        assert state(app, "step") == 1
        work_off(app)
    assert state(app, "status") == "SUCCESS"


@pytest.mark.parametrize("ends", [("SUCCESS", "FAILED"), ("FAILED", "SUCCESS"), ("FAILED", "FAILED")])
def test_of_two_who_end_it_at_once_one_does(
    app: HoldfastApp, anna: Caller, premium: int, db_url: str, *, ends: tuple[str, str]
) -> None:
    with partner(app, "unknown"):
        name = asked(anna, premium)
        steps(app)
    first, second = ([name, None, each, WHO] for each in ends)
    assert interleaved(db_url, (END, first), (END, second)) is None
    assert state(app, "status") == ends[0]


def test_who_is_at_a_step_that_was_taken_over_ends_nothing(
    app: HoldfastApp, anna: Caller, premium: int, db_url: str
) -> None:
    with partner(app, "unknown"):
        name = asked(anna, premium)
        steps(app)
    take_over = "UPDATE activations SET step = step + 1 WHERE id = %s"
    assert interleaved(db_url, (take_over, [name]), (END, [name, state(app, "step"), "FAILED", WHO])) is None
    assert state(app, "status") == "PROCESSING"


def test_who_comes_back_after_the_end_of_the_lease_changes_nothing(
    app: HoldfastApp, anna: Caller, premium: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.offers.gateways import partner as gateway  # noqa: PLC0415 - beside the service of the same name

    with partner(app, "refused", "succeeded"):
        asked(anna, premium)
        send = gateway.activate

        def held_up(*given: Any) -> Any:
            said = send(*given)
            told(app, "UPDATE jobs SET state = 'queued', epoch = epoch + 1 WHERE name = 'offers.activate'")
            return said

        monkeypatch.setattr(gateway, "activate", held_up)
        steps(app)
        assert (state(app, "status"), balance(anna)) == ("PROCESSING", "40.10")
        steps(app)
    assert (state(app, "status"), balance(anna)) == ("SUCCESS", "40.10")


def test_who_was_held_up_before_the_call_sends_nothing(
    app: HoldfastApp, anna: Caller, premium: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with partner(app, "absent", activation_retries=0, partner_timeout_seconds=5) as there:
        asked(anna, premium)
        moments = iter([0.0, 5.1])
        monkeypatch.setattr("app.offers.jobs.monotonic", lambda: next(moments, 6.0))
        steps(app)
        assert there.heard == []
        work_off(app)
    assert [method for method, _ in there.heard] == ["GET"]
    assert (state(app, "status"), balance(anna)) == ("FAILED", "50.00")
