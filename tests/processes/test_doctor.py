"""`flask doctor` beside a whole deployment, and when what it asks is away."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from devstack.processes import children
from tests.processes.post_office import Office, open_office
from tests.processes.stack import FLASK, Stack, eventually, free_port

DOCTOR = (*FLASK, "doctor", "--json")
LIVE = ("-m", "gunicorn", "-c", "deploy/live.conf.py", "live:app")
NOBODY = "127.0.0.1:1"
# The stack's Redis writes nothing down, and other tests let jobs and mails fail.
LEFT_BY_OTHERS = {"Persistence", "Mails", "Dead letters"}


def lines_of(stack: Stack, **changes: str) -> tuple[int, dict[str, Any]]:
    done = stack.run(*DOCTOR, **changes)
    assert "Traceback" not in done.stderr
    return done.returncode, {line["name"]: line for line in json.loads(done.stdout)["checks"]}


def told_by_who_hears(stack: Stack, server: str, **changes: str) -> tuple[int, dict[str, Any]]:
    """What it says when the server that is there has answered it in time."""
    heard: list[tuple[int, dict[str, Any]]] = []

    def is_heard() -> bool:
        heard[:] = [lines_of(stack, **changes)]
        return bool(heard[0][1][server]["level"] == "ok")

    eventually(is_heard, f"{server} is heard")
    return heard[0]


@pytest.fixture
def office() -> Iterator[int]:
    with open_office(Office()) as port:
        yield port


def test_a_whole_deployment_has_nothing_bad(web: Stack, office: int) -> None:
    mails = {"SMTP_PORT": str(office)}
    stack, before = web, web.environment
    stack.environment = before | mails | {"LIVE_PORT": str(free_port())}

    def is_whole() -> bool:
        code, found = lines_of(stack)
        not_well = {name for name, line in found.items() if line["level"] != "ok"}
        return (code, found["Scheduler"]["fact"]) == (0, "1 is there.") and not_well <= LEFT_BY_OTHERS

    with ExitStack() as programs:
        try:
            for program in (("worker.py",), ("worker.py", "heavy"), ("scheduler.py",), LIVE):
                programs.enter_context(stack.running(*program))
            eventually(is_whole, "everything is well", 90)
        finally:
            stack.environment = before
    stack.abandon_jobs()


def test_each_web_process_is_known_to_postgresql_by_its_name(web: Stack) -> None:
    """The doctor counts them by it."""
    asked = (
        "SELECT DISTINCT application_name FROM pg_stat_activity WHERE starts_with(application_name, 'holdfast web ')"
    )

    def named() -> set[str]:
        return {name.rpartition(":")[2] for (name,) in web.sql(asked)}

    eventually(lambda: named() >= set(map(str, children(web.master))), "each is there under its name")


def test_without_postgresql_it_says_so_and_goes_on(stack: Stack) -> None:
    code, found = told_by_who_hears(
        stack, "Redis", DATABASE_URL=f"postgresql://holdfast:a-secret-word@{NOBODY}/holdfast"
    )
    assert code == 1
    assert (found["PostgreSQL"]["level"], "refused" in found["PostgreSQL"]["fact"]) == ("bad", True)
    assert found["Backlog"]["fact"] == "Not known while PostgreSQL does not answer."
    assert found["Redis"]["level"] == "ok"
    assert "a-secret-word" not in json.dumps(found)


def test_without_redis_it_says_so_and_goes_on(stack: Stack) -> None:
    code, found = told_by_who_hears(stack, "PostgreSQL", REDIS_URL=f"redis://:a-secret-word@{NOBODY}/0")
    assert code == 1
    assert (found["Redis"]["level"], "refused" in found["Redis"]["fact"]) == ("bad", True)
    assert found["Workers"]["fact"] == "Not known while Redis does not answer."
    assert found["Schema"]["level"] == "ok"
    assert "a-secret-word" not in json.dumps(found)


def test_an_empty_database_is_told_how_to_be_filled(stack: Stack) -> None:
    stack.postgres.create_database("holdfast_empty_test")
    empty = stack.postgres.url("holdfast_empty_test")
    code, found = told_by_who_hears(stack, "PostgreSQL", DATABASE_URL=empty)
    assert (code, found["Schema"]["level"], found["Schema"]["advice"]) == (1, "bad", "Run: flask prepare")
    assert found["Version"]["level"] == "ok"


def test_without_any_address_it_says_what_to_set(stack: Stack) -> None:
    code, found = lines_of(stack, DATABASE_URL="", REDIS_URL="")
    assert (code, found["PostgreSQL"]["fact"]) == (1, "DATABASE_URL is not set.")
    assert found["Redis"]["level"] == "bad"
