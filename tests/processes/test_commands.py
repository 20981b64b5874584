"""Commands of the deployment, run as an operator runs them."""

from tests.processes.stack import FLASK, PREPARE, Stack


def test_bad_variables_are_reported_together_with_exit_2(stack: Stack) -> None:
    bad = {"PORT": "abc", "WORKERS": "0", "CURRENCY": "euro", "HOLDFAST_HOEM": "x", "DATABASE_URL": "mysql://x"}
    done = stack.run(*FLASK, "config", "check", **bad)
    assert done.returncode == 2
    assert [name for name in bad if f"{name}:" not in done.stderr] == []
    assert "did you mean HOLDFAST_HOME?" in done.stderr
    assert "Traceback" not in done.stderr


def test_programs_start_with_the_same_message_and_exit(stack: Stack) -> None:
    for program in ("worker.py", "scheduler.py"):
        done = stack.run(program, PORT="abc")
        assert (done.returncode, "PORT: 'abc' is not valid" in done.stderr) == (2, True)


def test_good_variables_are_sound(stack: Stack) -> None:
    done = stack.run(*FLASK, "config", "check")
    assert (done.returncode, done.stdout) == (0, "The configuration is sound.\n")


def test_invariants_hold_and_a_broken_row_is_named_with_exit_1(stack: Stack) -> None:
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
    stack.postgres.create_database("holdfast_twice_test")
    url = stack.postgres.url("holdfast_twice_test")
    environment = stack.environment
    stack.environment = environment | {"DATABASE_URL": url}
    try:
        twins = [stack.start(*PREPARE) for _ in range(2)]
        assert [twin.wait(60) for twin in twins] == [0, 0]
        assert stack.run(*PREPARE).returncode == 0
        assert stack.run(*FLASK, "invariants").returncode == 0
    finally:
        stack.environment = environment


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
