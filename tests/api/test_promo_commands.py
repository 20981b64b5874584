"""`flask promos`: the verbs of the API under the same rules, audited as the command line."""

import json
from typing import Any

import pytest
from click.testing import Result

from app.core.web import HoldfastApp
from tests.api.made_promos import drafted, promo, state
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def flask(app: HoldfastApp, clean: None) -> Any:
    runner = app.test_cli_runner()

    def run(*arguments: object, typed: str = "") -> Result:
        return runner.invoke(args=["promos", *map(str, arguments)], input=typed)

    return run


def test_a_promo_goes_its_way_and_each_step_is_audited(flask: Any, staff: Caller, sql: Any) -> None:
    made = drafted(staff).json["id"]
    for verb, status in (("activate", "running"), ("pause", "paused"), ("resume", "running")):
        done = flask(verb, made)
        assert (done.exit_code, done.output) == (0, f"Promo {made} is {status}.\n")
    assert flask("end", made, "--yes").exit_code == 0
    assert state(staff, made)[0] == "ended"
    sql.execute("SELECT action, actor_name FROM audit_log WHERE source = 'cli' ORDER BY id")
    assert sql.fetchall() == [(f"promo.{verb}", "system") for verb in ("activated", "paused", "resumed", "ended")]


def test_what_is_not_legal_is_a_sentence_and_exit_1(flask: Any, staff: Caller) -> None:
    made = drafted(staff).json["id"]
    for call in (("pause", made), ("activate", 999_999), ("show", 999_999)):
        done = flask(*call)
        assert (done.exit_code, done.stderr.startswith("Error: ")) == (1, True)
    assert state(staff, made)[0] == "draft"


def test_an_end_asks_first(flask: Any, staff: Caller) -> None:
    made = promo(staff)["id"]
    assert flask("end", made, typed="n\n").exit_code == 1
    assert state(staff, made)[0] == "running"


def test_lists_and_pages_have_the_facts_of_the_api(flask: Any, staff: Caller) -> None:
    first, second = promo(staff), drafted(staff).json
    assert [line.split("\t")[:2] for line in flask("list", "--ordering", "oldest").stdout.splitlines()] == [
        [str(first["id"]), "running"],
        [str(second["id"]), "draft"],
    ]
    [listed] = json.loads(flask("list", "--status", "draft", "--json").stdout)
    shown = json.loads(flask("show", second["id"], "--json").stdout)
    asked = staff.get(f"/api/v1/flash-promos/{second['id']}").json
    for found in (listed, shown, asked):
        found.pop("server_time")
    assert listed == shown == asked
    assert f"promo_price            {asked['promo_price']}" in flask("show", second["id"]).stdout
    assert flask("list", "--limit", "1").stderr == "There are more than 1.\n"


def test_programs_are_told_how_a_promo_is_after_a_verb(flask: Any, staff: Caller) -> None:
    made = drafted(staff).json["id"]
    for verb, status in (("activate", "running"), ("pause", "paused"), ("resume", "running"), ("end", "ended")):
        done = flask(verb, made, "--json", typed="y\n")
        told, asked = json.loads(done.stdout), staff.get(f"/api/v1/flash-promos/{made}").json
        for found in (told, asked):
            found.pop("server_time")
        assert (told["status"], told) == (status, asked)
