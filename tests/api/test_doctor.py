"""`flask doctor`: each thing that can be wrong with a deployment has a line of its own that says how to mend it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import event, text

from app.core import clock, db
from app.core.roles import Role
from app.core.web import HoldfastApp
from app.operations import queries
from app.operations.checks import host
from tests.api.conftest import AsRole, Choose
from tests.processes.post_office import Office, open_office

Found = dict[str, tuple[str, str, str]]
Examine = Callable[..., tuple[int, Found]]


@dataclass
class Knob:
    """A setting of Redis that is turned and turned back."""

    client: Any
    name: str

    def set(self, value: str) -> None:
        self.client.config_set(self.name, value)


@pytest.fixture
def examine(app: HoldfastApp, clean: None) -> Examine:
    def run(*options: str) -> tuple[int, Found]:
        done = app.test_cli_runner().invoke(args=["doctor", "--json", *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        answer = json.loads(done.stdout)
        lines = {line["name"]: (line["level"], line["fact"], line["advice"]) for line in answer["checks"]}
        assert answer["worst"] == max((level for level, *_ in lines.values()), key=["ok", "warning", "bad"].index)
        assert done.exit_code == (answer["worst"] == "bad")
        return done.exit_code, lines

    return run


@pytest.fixture
def knob(app: HoldfastApp) -> Iterator[Callable[[str], Knob]]:
    bell = app.extensions["holdfast.redis"]
    names: dict[str, str] = {}

    def turn(name: str) -> Knob:
        names.update(bell.client.config_get(name))
        return Knob(bell.client, name)

    yield turn
    for name, value in names.items():
        bell.client.config_set(name, value)


def told(app: HoldfastApp) -> str:
    return app.test_cli_runner().invoke(args=["doctor"]).stdout


def test_what_is_well_is_a_line_and_what_is_not_has_its_remedy(app: HoldfastApp, clean: None) -> None:
    lines = told(app).splitlines()
    assert "ok    PostgreSQL: Answers." in lines
    assert "ok    Redis: Answers and takes writes." in lines
    assert lines[lines.index("BAD   Clock: It never rang.") + 1].strip().startswith("Nothing scheduled is done.")
    assert lines[-1] == "Something is bad."


def test_everything_that_an_operator_sets_up_is_looked_at(examine: Examine) -> None:
    _, found = examine("--deep")
    assert [name for name in found if not name.startswith("Workers")] == [
        *("Settings", "PostgreSQL", "Schema", "Version", "Connections", "Time", "Durability", "Limits", "Primary"),
        *("Clock", "Backlog", "Dead letters", "Hand-out", "Mails", "Admins", "Invariants"),
        *("Redis", "Eviction", "Persistence", "Live", "Scheduler", "Mail server", "Figures"),
    ]
    well = (
        "PostgreSQL",
        "Schema",
        "Version",
        "Connections",
        "Time",
        "Limits",
        "Invariants",
        "Redis",
        "Eviction",
        "Figures",
    )
    assert [name for name in well if found[name][0] != "ok"] == []


def test_invariants_are_checked_only_when_it_goes_deep(examine: Examine, sql: Any) -> None:
    sql.execute("INSERT INTO jobs (name, args, request_id, due_at) VALUES ('x', '{}', '', '2026-01-01T00:00Z')")
    assert "Invariants" not in examine()[1]
    level, fact, _ = examine("--deep")[1]["Invariants"]
    assert (level, fact.startswith("jobs.nothing_forgotten is broken")) == ("bad", True)


def test_a_schema_that_is_behind_is_bad_and_the_tables_are_not_asked(examine: Examine, sql: Any) -> None:
    sql.execute("SELECT version_num FROM alembic_version")
    head = sql.fetchone()[0]
    cases = (("0022", "bad", "flask db upgrade"), ("9999", "warning", "go back a version"))
    try:
        for revision, level, advice in cases:
            sql.execute("UPDATE alembic_version SET version_num = %s", [revision])
            found = examine()[1]
            assert (found["Schema"][0], advice in found["Schema"][2]) == (level, True)
            assert ("Not known before" in found["Mails"][1]) == (level == "bad")
    finally:
        sql.execute("UPDATE alembic_version SET version_num = %s", [head])


def test_more_connections_than_there_may_be_is_bad(examine: Examine, choose: Choose) -> None:
    choose(workers=64, web_threads=64)
    level, fact, advice = examine()[1]["Connections"]
    assert (level, "max_connections" in advice) == ("bad", True)
    assert fact.endswith("up to 4423 are needed, 68 by each of 64 web processes.")


def test_web_processes_of_other_machines_need_connections_too(examine: Examine, choose: Choose, db_url: str) -> None:
    choose(workers=1, web_threads=64)
    assert examine()[1]["Connections"][:1] == ("ok",)
    names = ("holdfast web one:7", "holdfast web one:7", "holdfast web one:8", "holdfast web two:7", "holdfast")
    with ExitStack() as opened:
        for name in names:
            opened.enter_context(closing(psycopg2.connect(db_url, application_name=name)))
        level, fact, _ = examine()[1]["Connections"]
    assert (level, fact.endswith("up to 275 are needed, 68 by each of 3 web processes.")) == ("bad", True)


@pytest.mark.parametrize(("seconds", "level"), [(0.5, "ok"), (-5, "warning"), (5, "warning"), (60, "bad")])
def test_clocks_that_are_apart_are_told(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, seconds: float, level: str
) -> None:
    right = clock.utcnow
    monkeypatch.setattr(clock, "utcnow", lambda: right() + timedelta(seconds=seconds))
    assert examine()[1]["Time"][0] == level


def test_a_server_that_may_lose_what_it_acknowledged_is_bad_in_production_alone(
    app: HoldfastApp, examine: Examine, choose: Choose
) -> None:
    assert examine()[1]["Durability"][0] == "ok"
    choose(env="production")
    level, fact, _ = examine()[1]["Durability"]
    assert (level, fact) == ("bad", "fsync is off and synchronous_commit is off.")
    with app.app_context(), db.transaction() as session:
        session.execute(text("SET LOCAL synchronous_commit = on"))
        assert queries.set_to("off", "fsync", "synchronous_commit") == ["fsync"]


@pytest.fixture
def unlimited(app: HoldfastApp) -> Iterator[None]:
    """Connections that lost a limit, as behind a pooler that drops it."""

    def lose(line: Any, *_: object) -> None:
        line.cursor().execute("SET lock_timeout = 0")
        line.commit()

    with app.app_context():
        engine = db.db.engine
    event.listen(engine, "checkout", lose)
    yield
    event.remove(engine, "checkout", lose)
    engine.dispose()


def test_connections_whose_limits_were_dropped_are_bad(examine: Examine, unlimited: None) -> None:
    assert examine()[1]["Limits"][:2] == ("bad", "Without end: lock_timeout.")


def test_a_deployment_without_an_active_admin_is_warned(examine: Examine, as_role: AsRole, sql: Any) -> None:
    assert examine()[1]["Admins"][0] == "warning"
    as_role(Role.ADMIN)
    assert examine()[1]["Admins"][:2] == ("ok", "1 active.")
    sql.execute("UPDATE users SET is_active = false")
    level, fact, advice = examine()[1]["Admins"]
    assert (level, fact, "flask users create" in advice) == ("warning", "None is active.", True)


def test_the_first_password_is_not_left_in_the_environment_of_production(
    examine: Examine, as_role: AsRole, choose: Choose
) -> None:
    as_role(Role.ADMIN)
    for env, password, level in (
        ("production", "x" * 10, "warning"),
        ("production", "", "ok"),
        ("test", "x" * 10, "ok"),
    ):
        choose(env=env, admin_password=password)
        found = examine()[1]["Admins"]
        assert (found[0], "ADMIN_PASSWORD" in found[1]) == (level, level == "warning")


def test_a_redis_that_drops_what_it_holds_is_bad(examine: Examine, knob: Callable[[str], Knob]) -> None:
    knob("maxmemory-policy").set("allkeys-lru")
    level, fact, advice = examine()[1]["Eviction"]
    assert (level, "allkeys-lru" in fact, "noeviction" in advice) == ("bad", True, True)


def test_a_redis_that_writes_nothing_down_is_a_warning(examine: Examine, knob: Callable[[str], Knob]) -> None:
    assert examine()[1]["Persistence"][0] == "warning"
    knob("appendonly").set("yes")
    assert examine()[1]["Persistence"][0] == "ok"


def test_a_scheduler_that_ended_is_not_there(app: HoldfastApp, examine: Examine) -> None:
    bell = app.extensions["holdfast.redis"]
    bell.client.hset("rq:scheduler_instance:one", mapping={"birth": 1, "death": 2})
    assert examine()[1]["Scheduler"][0] == "bad"
    bell.client.hset("rq:scheduler_instance:two", mapping={"birth": 1})
    assert examine()[1]["Scheduler"][:2] == ("ok", "1 is there.")


def test_a_mail_server_that_does_not_answer_is_bad_and_one_that_does_gets_no_mail(
    app: HoldfastApp, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office()
    with open_office(office) as port:
        monkeypatch.setattr(app.extensions["mailman"], "port", port)
        assert examine()[1]["Mail server"][0] == "ok"
    assert office.conversations == 0
    level, fact, advice = examine()[1]["Mail server"]
    assert (level, "refused" in fact, "flask mail test" in advice) == ("bad", True, True)


def test_a_folder_of_figures_that_cannot_be_written_is_bad(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/proc/self/fdinfo")
    assert examine()[1]["Figures"][0] == "bad"


def test_a_disk_with_little_room_is_a_warning(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "not" / "made" / "yet"))
    assert examine()[1]["Figures"][0] == "ok"
    monkeypatch.setattr(host, "LITTLE_ROOM", 10**18)
    assert examine()[1]["Figures"][0] == "warning"


def test_dead_letters_are_told_and_are_not_bad(examine: Examine, sql: Any) -> None:
    sql.execute("INSERT INTO jobs (name, args, request_id, due_at) VALUES ('x', '{}', '', clock_timestamp())")
    sql.execute("UPDATE jobs SET state = 'dead', error = 'no', finished_at = clock_timestamp()")
    assert examine()[1]["Dead letters"][0] == "warning"
