"""Leases, seen from several workers at once, on a real database."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core import context, db
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.jobs import leasing, service
from app.jobs.errors import LeaseLost
from app.jobs.leasing import Lease, Offer
from app.jobs.registry import JOBS, JobKind
from app.jobs.relay import _messages
from tests.api.parallel import at_once, rows

KIND = JobKind("probe.leased", lambda: None, batch=50)


@pytest.fixture
def short(app: HoldfastApp, clean: None, chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Three tries, no pause; inside the application."""
    monkeypatch.setitem(JOBS, KIND.name, KIND)
    with app.app_context(), context.surroundings(source="job"):
        yield replace(chosen, job_attempts=3, backoff_seconds=0.0, lease_seconds=60.0, offer_seconds=60.0)


def asked(count: int = 1) -> list[int]:
    """Jobs that were just asked for."""
    with db.transaction():
        service.enqueue_many(KIND.name, [{}] * count)
    return [job_id for job_id, *_ in rows("SELECT id FROM jobs ORDER BY id")][-count:]


def leased(settings: Settings, ids: list[int], worker: str = "w") -> list[Lease]:
    """A worker's lease, committed."""
    with db.transaction():
        return leasing.lease(settings, KIND, ids, worker=worker)


def states() -> list[str]:
    """In which states all jobs are, oldest first."""
    return [state for (state,) in rows("SELECT state FROM jobs ORDER BY id")]


def let_the_leases_run_out() -> None:
    """As if their time had come."""
    rows("UPDATE jobs SET leased_until = clock_timestamp(), due_at = clock_timestamp() WHERE state = 'running'")


def test_workers_who_are_told_of_the_same_jobs_at_once_share_them(app: HoldfastApp, short: Settings) -> None:
    ids = asked(200)
    shares = at_once(app, 6, lambda number: leased(short, ids, f"w{number}"))
    assert sorted(lease.id for share in shares for lease in share) == ids
    assert {lease.epoch for share in shares for lease in share} == {1}


def test_two_relays_at_once_hand_out_each_job_once(app: HoldfastApp, short: Settings) -> None:
    ids = asked(200)

    def offered(_: int) -> list[Offer]:
        with db.transaction():
            return leasing.offer(short, limit=120)

    assert sorted(each.id for offers in at_once(app, 4, offered) for each in offers) == ids
    assert offered(0) == []


def test_a_job_is_leased_to_nobody_else_until_its_lease_ran_out(short: Settings) -> None:
    ids = asked()
    (first,) = leased(short, ids)
    assert leased(short, ids) == []
    let_the_leases_run_out()
    (second,) = leased(short, ids)
    assert (first.epoch, second.epoch, second.attempts) == (1, 2, 2)


def test_a_late_message_of_many_leaves_those_that_were_tried_to_messages_of_their_own(short: Settings) -> None:
    ids = asked(3)
    leased(short, ids[:2])
    let_the_leases_run_out()
    assert [lease.id for lease in leased(short, ids)] == ids[2:]
    assert [lease.id for lease in leased(short, ids[:1])] == ids[:1]


@pytest.mark.parametrize("state", ["done", "dead", "cancelled", "discarded"])
def test_a_job_that_has_ended_is_never_leased_or_offered(short: Settings, state: str) -> None:
    ids = asked()
    rows("UPDATE jobs SET state = %s, finished_at = clock_timestamp(), leased_until = created_at", state)
    assert leased(short, ids) == []
    with db.transaction():
        assert leasing.offer(short, limit=9) == []


def test_who_lost_the_lease_can_neither_finish_nor_fail_nor_renew(short: Settings) -> None:
    ids = asked(2)
    late = leased(short, ids)
    let_the_leases_run_out()
    (now_theirs,) = leased(short, ids[:1])
    with pytest.raises(LeaseLost), db.transaction():
        leasing.finish(late, None)
    with db.transaction():
        assert leasing.fail(short, KIND, late[0], error="x", traceback="") is None
        assert [each.id for each in leasing.renew(short, KIND, late)] == ids[1:]
    assert states() == ["running", "running"]
    with db.transaction():
        leasing.finish([now_theirs], {"sum": 1})
    assert states() == ["done", "running"]


def test_a_batch_of_which_one_lease_is_lost_has_no_effect_at_all(short: Settings) -> None:
    batch = leased(short, asked(3))
    rows("UPDATE jobs SET epoch = epoch + 1 WHERE id = %s", batch[1].id)
    with pytest.raises(LeaseLost), db.transaction():
        leasing.finish(batch, None)
    assert states() == ["running"] * 3


def test_a_job_fails_as_often_as_it_may_and_is_then_dead(short: Settings) -> None:
    ids, told = asked(), []
    for _ in range(3):
        (one,) = leased(short, ids)
        with db.transaction():
            told.append(leasing.fail(short, KIND, one, error="no\0", traceback="a\0b"))
    assert told == ["queued", "queued", "dead"]
    assert leased(short, ids) == []
    assert rows("SELECT error, traceback FROM jobs") == [("no", "ab")]


def test_a_lost_job_is_dead_after_its_last_try_and_not_before(short: Settings) -> None:
    ids = asked()
    for attempt in (1, 2, 3):
        assert leased(short, ids)[0].attempts == attempt
        with db.transaction():
            assert leasing.bury_lost(short) == 0
        let_the_leases_run_out()
        if attempt == 3:
            assert leased(short, ids) == []
        with db.transaction():
            assert leasing.bury_lost(short) == (attempt == 3)
    assert states() == ["dead"]
    assert rows("SELECT epoch FROM jobs") == [(4,)]


def test_an_offer_that_arrives_nowhere_is_made_again_and_one_that_was_taken_back_at_once(short: Settings) -> None:
    asked()
    with db.transaction():
        offers = leasing.offer(short, limit=9)
    with db.transaction():
        assert leasing.offer(short, limit=9) == []
        leasing.take_back(offers, pause=0)
    with db.transaction():
        assert leasing.offer(replace(short, offer_seconds=0.0), limit=9) == offers
    with db.transaction():
        assert leasing.offer(short, limit=9, without=[KIND.name]) == []
        assert leasing.offer(short, limit=9) == offers


def test_jobs_that_were_tried_before_travel_alone(short: Settings) -> None:
    offers = [Offer(number, KIND.name, attempts) for number, attempts in enumerate([0] * 60 + [1, 2, 0])]
    ((queue, messages),) = _messages([*offers, Offer(99, "probe.unknown", 0)]).items()
    fresh = [*range(60), 62]
    assert queue == KIND.queue
    assert [ids for _, ids in messages] == [fresh[:50], fresh[50:], [60], [61]]


def test_what_was_asked_for_in_a_transaction_that_is_undone_is_not_there(short: Settings) -> None:
    def asked_in_vain() -> None:
        with db.transaction():
            service.enqueue(KIND.name)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asked_in_vain()
    assert states() == []


def test_ten_retries_of_all_at_once_revive_each_dead_letter_once(app: HoldfastApp, short: Settings) -> None:
    ids = asked(150)
    rows("UPDATE jobs SET state = 'dead', finished_at = clock_timestamp(), attempts = 3")

    def retried(_: int) -> int:
        with db.transaction():
            return service.retry_all()

    assert sum(at_once(app, 8, retried)) == len(ids)
    assert rows("SELECT DISTINCT state, attempts, finished_at IS NULL FROM jobs") == [("queued", 0, True)]
    assert rows("SELECT sum((new ->> 'jobs')::int) FROM audit_log WHERE action = 'jobs.retried'") == [(len(ids),)]
