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


def test_a_lost_job_whose_end_nobody_can_hear_of_holds_up_no_others(stack: Stack, crew: Crew) -> None:
    stack.sql("""
        INSERT INTO jobs (name, args, request_id, state, attempts, due_at)
        VALUES ('probe.fail', '{"key": "unheard", "unheard": true}', 'asked', 'running', 3, 'yesterday')
    """)
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: crew.said("lost jobs are not buried"), "the burial failed")
    keys = ask(stack, "probe.effect", 3)
    crew.until(lambda: states(stack, "probe.effect") == {"done": 3}, "the others are done")
    assert effects(stack) == Counter(keys)
