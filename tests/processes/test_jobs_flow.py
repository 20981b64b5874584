"""One job that cannot be done holds up no other."""

from collections import Counter

from tests.processes.crew import SCHEDULER, WORKER, Crew, ask, effects, states
from tests.processes.stack import Stack, eventually


def test_jobs_of_a_queue_that_nobody_works_on_hold_up_no_others(stack: Stack, crew: Crew) -> None:
    stack.sql("""
        INSERT INTO jobs (name, args, request_id, attempts)
        SELECT 'probe.heavy', jsonb_build_object('key', 'heavy'), 'asked', 1 FROM generate_series(1, 250)
    """)
    crew.keep(*SCHEDULER)
    eventually(lambda: stack.redis.llen("rq:queue:heavy") >= 200, "the heavy queue is full")
    crew.keep(*WORKER)
    keys = ask(stack, "probe.effect", 20)
    crew.until(lambda: states(stack, "probe.effect") == {"done": 20}, "the quick ones are done")
    assert effects(stack) == Counter(keys)


def test_a_lost_job_whose_end_somebody_cannot_hear_of_holds_up_no_others(stack: Stack, crew: Crew) -> None:
    stack.sql("""
        INSERT INTO jobs (name, args, request_id, state, attempts, due_at)
        SELECT 'probe.fail', jsonb_build_object('key', n, 'unheard', n = 2), 'asked', 'running', 3, 'yesterday'
        FROM generate_series(1, 3) AS n
    """)
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: crew.said("lost job not buried"), "a burial failed")
    crew.until(lambda: states(stack) == {"dead": 2, "running": 1}, "the others are buried")
    assert stack.sql("SELECT args -> 'key' FROM jobs WHERE name = 'probe.fail' AND state = 'running'") == [(2,)]
    keys = ask(stack, "probe.effect", 3)
    crew.until(lambda: states(stack, "probe.effect") == {"done": 3}, "the others are done")
    assert effects(stack) == Counter(keys)


def test_a_failed_job_whose_end_somebody_cannot_hear_of_holds_up_none_of_its_message(stack: Stack, crew: Crew) -> None:
    crew.environment |= {"JOBS_ATTEMPTS": "1", "JOBS_LEASE_SECONDS": "3600"}
    stack.sql("""
        INSERT INTO jobs (name, args, request_id)
        SELECT 'probe.fail', jsonb_build_object('key', n::text, 'unheard', n = 2), 'asked'
        FROM generate_series(1, 3) AS n
    """)
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"dead": 2, "running": 1}, "the others are dead letters")
    assert crew.said("failure not kept")
