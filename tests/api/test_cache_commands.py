"""`flask cache`: what is kept is shown, and forgotten from the next request on."""

import json
from typing import Any

import pytest
from click.testing import Result

from app.core.web import HoldfastApp
from tests.api.made import product
from tests.callers import Caller

STORES, PRODUCTS = "/api/v1/stores", "/api/v1/products"


@pytest.fixture
def flask(app: HoldfastApp, clean: None) -> Any:
    runner = app.test_cli_runner()

    def run(*arguments: str) -> Result:
        return runner.invoke(args=["cache", *arguments])

    return run


def answers(flask: Any) -> dict[str, Any]:
    return {kind["name"]: kind["answers"] for kind in json.loads(flask("show", "--json").stdout)}


def test_what_is_cleared_is_asked_anew(flask: Any, staff: Caller, sql: Any) -> None:
    product(staff)
    for _ in range(2):
        assert (staff.get(STORES).status_code, staff.get(PRODUCTS).status_code) == (200, 200)
    assert answers(flask) == {"products": 1, "stores": 1}
    assert flask("clear", "stores").output == "1 cleared.\n"
    assert answers(flask) == {"products": 1, "stores": 0}
    assert json.loads(flask("clear", "--json").stdout) == {"cleared": ["products", "stores"]}
    assert answers(flask) == {"products": 0, "stores": 0}
    sql.execute("SELECT object_id, source FROM audit_log WHERE action = 'cache.cleared' ORDER BY id")
    assert sql.fetchall() == [("stores", "cli"), ("products", "cli"), ("stores", "cli")]


def test_a_row_that_was_changed_behind_its_back_is_seen_after_a_clear(flask: Any, staff: Caller, sql: Any) -> None:
    product(staff)
    before = staff.get(STORES).json["data"][0]["name"]
    sql.execute("SET session_replication_role = replica; UPDATE stores SET name = 'By hand'")
    assert staff.get(STORES).json["data"][0]["name"] == before
    flask("clear", "stores")
    assert staff.get(STORES).json["data"][0]["name"] == "By hand"


def test_a_name_that_is_not_kept_is_refused(flask: Any) -> None:
    done = flask("clear", "nothing")
    assert (done.exit_code, done.stderr) == (1, "Error: Nothing of the name nothing is kept.\n")


def test_a_kind_has_a_line(flask: Any, staff: Caller) -> None:
    product(staff)
    assert [line.split("\t")[0] for line in flask("show").stdout.splitlines()] == ["products", "stores"]
