"""What people and programs ask of jobs, all at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.processes.crew import NOBODY_DIES, SCHEDULER, WORKER, Crew, ask, effects, states
from tests.processes.stack import FLASK, Stack


def ids(stack: Stack, state: str) -> list[int]:
    """The jobs in this state, in their order."""
    return [id_ for (id_,) in stack.sql("SELECT id FROM jobs WHERE state = %s ORDER BY id", state)]


def test_retry_all_ten_times_at_once_revives_each_dead_letter_once(web: Stack, crew: Crew, tmp_path: Path) -> None:
    cure = tmp_path / "cure"
    keys = ask(web, "probe.fail", 30, until=str(cure))
    crew.environment |= NOBODY_DIES
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: states(web) == {"dead": 30}, "all are dead letters")
    assert effects(web) == {}
    reasons = Counter(error.split()[0] for (error,) in web.sql("SELECT error FROM jobs WHERE state = 'dead'"))
    assert reasons == {"ValueError:": 30}
    cure.touch()
    token = web.token()
    with ThreadPoolExecutor(10) as pool:
        path = "/api/v1/failed-jobs/retry-all"
        answers = list(pool.map(lambda _: web.call("POST", path, token=token, json={}), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["retried"] for answer in answers) == 30
    crew.until(lambda: states(web) == {"done": 30}, "all are done")
    assert effects(web) == Counter(keys)
    assert web.sql("SELECT DISTINCT attempts, error FROM jobs WHERE name = 'probe.fail'") == [(1, None)]


def test_a_job_is_either_cancelled_or_done(web: Stack, crew: Crew) -> None:
    token = web.token()
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: web.redis.exists("rq:workers"), "a worker waits")
    keys = ask(web, "probe.effect", 60)
    wanted = [id_ for (id_,) in web.sql("SELECT id FROM jobs WHERE name = 'probe.effect' ORDER BY id DESC")]
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda id_: web.call("POST", f"/api/v1/jobs/{id_}/cancel", token=token), wanted)
        answers = dict(zip(wanted, made, strict=True))
    assert {answer.status_code for answer in answers.values()} <= {200, 409, 503}
    crew.until(lambda: not {"queued", "running"} & states(web).keys(), "all have ended")
    cancelled = {id_ for id_, answer in answers.items() if answer.status_code == 200}
    assert set(ids(web, "cancelled")) == cancelled
    left = {f"probe.effect-{len(keys) - 1 - wanted.index(id_)}" for id_ in wanted if id_ not in cancelled}
    assert effects(web) == Counter(left)
    assert states(web)["done"] == len(left)


def test_what_was_asked_for_in_a_transaction_that_is_undone_never_runs(stack: Stack, crew: Crew) -> None:
    stack.sql("""
        BEGIN;
        INSERT INTO jobs (name, args, request_id) VALUES ('probe.effect', '{"key": "undone"}', 'r');
        ROLLBACK
    """)
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    keys = ask(stack, "probe.effect")
    crew.until(lambda: states(stack) == {"done": 1}, "the one that was committed is done")
    assert effects(stack) == Counter(keys)


def test_dead_letters_are_listed_and_retried_on_the_command_line(stack: Stack, crew: Crew, tmp_path: Path) -> None:
    cure = tmp_path / "cure"
    keys = ask(stack, "probe.fail", 4, until=str(cure))
    crew.environment |= NOBODY_DIES
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"dead": 4}, "all are dead letters")
    first = ids(stack, "dead")[0]
    listed = stack.run(*FLASK, "jobs", "list", "--state", "dead")
    assert f"{first}\tdead\t3\tprobe.fail\tValueError: cannot do probe.fail-0\n" in listed.stdout
    assert len(listed.stdout.splitlines()) == 4
    cure.touch()
    assert stack.run(*FLASK, "jobs", "retry", "--id", str(first)).stdout == "1 retried\n"
    crew.until(lambda: states(stack) == {"dead": 3, "done": 1}, "one is done")
    assert stack.run(*FLASK, "jobs", "retry", "--all").stdout == "3 retried\n"
    crew.until(lambda: states(stack) == {"done": 4}, "all are done")
    assert effects(stack) == Counter(keys)
