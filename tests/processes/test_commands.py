"""Commands of the deployment, run as an operator runs them."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from tests.processes.stack import FLASK, PREPARE, Stack, eventually

ASKERS = "SELECT count(*)::int FROM pg_stat_activity WHERE datname = %s AND query ~ 'alembic_version'"


def test_bad_variables_are_reported_together_with_exit_2(stack: Stack) -> None:
    bad = {"PORT": "abc", "WORKERS": "0", "CURRENCY": "euro", "HOLDFAST_HOEM": "x", "DATABASE_URL": "mysql://x"}
    done = stack.run(*FLASK, "config", "check", **bad)
    assert done.returncode == 2
    assert [name for name in bad if f"{name}:" not in done.stderr] == []
    assert "did you mean HOLDFAST_HOME?" in done.stderr
    assert "Traceback" not in done.stderr
    asked = stack.run(*FLASK, "config", "check", "--json", **bad)
    told = json.loads(asked.stdout)
    assert (asked.returncode, told["error"], asked.stderr) == (2, "The configuration has faults.", done.stderr)
    assert sorted(fault.partition(":")[0] for fault in told["faults"]) == sorted(bad)


def test_programs_start_with_the_same_message_and_exit(stack: Stack) -> None:
    for program in ("worker.py", "scheduler.py"):
        done = stack.run(program, PORT="abc")
        assert (done.returncode, "PORT: 'abc' is not valid" in done.stderr) == (2, True)


def test_good_variables_are_sound(stack: Stack) -> None:
    done = stack.run(*FLASK, "config", "check")
    assert (done.returncode, done.stdout) == (0, "The configuration is sound.\n")


def test_invariants_hold_and_a_broken_row_is_named_with_exit_1(stack: Stack) -> None:
    stack.abandon_jobs()
    sound = stack.run(*FLASK, "invariants")
    assert (sound.returncode, "BROKEN" in sound.stdout) == (0, False), sound.stdout + sound.stderr
    assert "ok      stores.audited" in sound.stdout

    stack.sql("SET session_replication_role = replica; UPDATE stores SET version = version + 1 WHERE id = 1")
    try:
        broken = stack.run(*FLASK, "invariants")
    finally:
        stack.sql("SET session_replication_role = replica; UPDATE stores SET version = version - 1 WHERE id = 1")
    assert broken.returncode == 1
    assert "BROKEN  stores.audited" in broken.stdout
    assert "'id': 1" in broken.stdout
    assert broken.stdout.count("BROKEN") == 1


def test_two_preparations_at_once_make_everything_once(stack: Stack) -> None:
    with another_database(stack, "holdfast_twice_test"):
        stack.environment |= {"HOLDFAST_DEMO": "1"}
        twins = [stack.start(*PREPARE) for _ in range(2)]
        assert [twin.wait(180) for twin in twins] == [0, 0]
        assert stack.run(*PREPARE).returncode == 0
        assert stack.run(*FLASK, "invariants").returncode == 0


def test_who_needs_the_schema_waits_until_somebody_has_migrated(stack: Stack) -> None:
    with another_database(stack, "holdfast_awaited_test"):
        wait = ("ops", "await-schema", "--seconds")
        late = stack.run(*FLASK, *wait, "0")
        assert (late.returncode, late.stderr) == (1, "Error: The schema was not there within 0 s.\n")
        waiting = stack.start(*FLASK, *wait, "60")
        eventually(lambda: stack.sql(ASKERS, "holdfast_awaited_test") == [(1,)], "it asks")
        assert waiting.poll() is None
        assert stack.run(*PREPARE).returncode == 0
        assert waiting.wait(60) == 0


def test_a_version_that_goes_back_stands_on_the_newer_schema(stack: Stack) -> None:
    with another_database(stack, "holdfast_back_test") as there:
        assert stack.run(*PREPARE).returncode == 0
        execute(there, "UPDATE alembic_version SET version_num = '9999'")
        again = stack.run(*PREPARE)
        assert (again.returncode, "of a newer version" in again.stdout) == (0, True), again.stderr
        assert stack.run(*FLASK, "ops", "await-schema", "--seconds", "0").returncode == 0


@contextmanager
def another_database(stack: Stack, name: str) -> Iterator[str]:
    """A database of its own for what the stack starts in the block; its address."""
    stack.postgres.create_database(name)
    before, url = stack.environment, stack.postgres.url(name)
    stack.environment = before | {"DATABASE_URL": url, "HOLDFAST_DEMO": "0"}
    try:
        yield url
    finally:
        stack.environment = before


def execute(url: str, statement: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_user_is_made_by_a_password_that_no_process_list_shows(stack: Stack) -> None:
    users = (*FLASK, "users")
    create = (*users, "create", "harbour", "--email", "harbour@shop.example", "--role", "viewer", "--password-stdin")
    made = stack.run(*create, typed="a long enough secret\n")
    assert (made.returncode, "harbour is made" in made.stdout) == (0, True), made.stderr
    again = stack.run(*create, typed="a long enough secret\n")
    assert (again.returncode, again.stderr) == (1, "Error: This username is taken.\n")
    last = stack.run(*users, "deactivate", "admin")
    assert (last.returncode, "last active admin" in last.stderr) == (1, True)
    assert stack.run(*users, "set-role", "harbour", "operator").returncode == 0
    assert stack.sql("SELECT role, version FROM users WHERE username = 'harbour'") == [("operator", 2)]
    listed = stack.run(*users, "list", "--q", "harb").stdout
    assert listed.split("\t")[1:] == ["harbour", "operator", "active", "harbour@shop.example\n"]
