"""Demo data is the same each time, goes in once, and only where it belongs; a race shows what many buyers do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import Result

from app.core.web import HoldfastApp, settings_of
from app.operations.demo import race, seed
from app.operations.demo.buyers import Buyer
from app.operations.demo.race import Answer, Outcome, Race
from app.operations.demo.seed import Scale

Flask = Callable[..., Result]
SMALL = (
    Scale("s", range(5), range(60), range(500)),
    Scale("m", range(5, 12), range(60, 90), range(500, 700)),
)
COUNTS = "SELECT (SELECT count(*) FROM stores), (SELECT count(*) FROM products), (SELECT count(*) FROM customers)"
CONTENT = """
    SELECT string_agg(row, '|' ORDER BY row) FROM (
        SELECT concat_ws(' ', name, latitude, longitude, timezone) FROM stores UNION ALL
        SELECT concat_ws(' ', sku, p.name, price, p.is_active, available, t.name)
        FROM products AS p JOIN product_stock ON product_id = p.id JOIN stores AS t ON t.id = store_id UNION ALL
        SELECT concat_ws(' ', username, email, first_name, role, u.is_active, latitude, longitude, orders, spend,
            in_app_opt_in, email_opt_in, email_verified_at IS NULL, last_order_at - joined_at)
        FROM users AS u JOIN customers USING (id)
    ) AS everything (row)
"""


@pytest.fixture
def flask(app: HoldfastApp, clean: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """`flask` in a database that `make run` made."""
    monkeypatch.setattr(seed, "SCALES", SMALL)
    known = settings_of(app)
    app.extensions["holdfast.settings"] = replace(known, embedded=True, demo=True, port=1)
    yield lambda *arguments: app.test_cli_runner().invoke(args=list(arguments))
    app.extensions["holdfast.settings"] = known


def one(sql: Any, statement: str) -> Any:
    sql.execute(statement)
    return sql.fetchone()


def emptied(sql: Any) -> None:
    sql.execute("""
        SET session_replication_role = replica; DELETE FROM users; DELETE FROM customers; DELETE FROM memberships;
        DELETE FROM segments; DELETE FROM stores; DELETE FROM products; DELETE FROM product_stock;
        DELETE FROM stock_movements; DELETE FROM audit_log; SET session_replication_role = origin
    """)


def test_a_size_goes_in_whole_and_every_invariant_holds(flask: Flask, sql: Any) -> None:
    done = flask("demo", "seed", "--scale", "m")
    assert done.exit_code == 0, done.output
    assert "5 stores, 60 products, 500 customers" in done.output
    assert one(sql, COUNTS) == (12, 90, 700)
    sql.execute("INSERT INTO users (username, email, password_hash, role) VALUES ('a', 'a@b.example', '', 'admin')")
    checked = flask("invariants")
    assert (checked.exit_code, "BROKEN" in checked.output) == (0, False), checked.output


def test_the_same_rows_come_out_each_time_also_in_two_steps(flask: Flask, sql: Any) -> None:
    flask("demo", "seed", "--scale", "m")
    first = one(sql, CONTENT)
    emptied(sql)
    flask("demo", "seed", "--scale", "s")
    assert one(sql, COUNTS) == (5, 60, 500)
    assert "7 stores, 30 products, 200 customers" in flask("demo", "seed", "--scale", "m").output
    assert one(sql, CONTENT) == first


@pytest.mark.parametrize("again", ["s", "m"])
def test_a_second_run_says_that_it_is_there_and_changes_nothing(flask: Flask, sql: Any, again: str) -> None:
    flask("demo", "seed", "--scale", "m")
    before = one(sql, CONTENT)
    done = flask("demo", "seed", "--scale", again)
    assert (done.exit_code, "there already" in done.output) == (0, True)
    assert one(sql, CONTENT) == before


@pytest.mark.parametrize("command", [("seed",), ("race", "--stock", "1", "--buyers", "2")])
def test_it_goes_into_embedded_databases_only_unless_forced(
    flask: Flask, app: HoldfastApp, sql: Any, command: tuple[str, ...]
) -> None:
    app.extensions["holdfast.settings"] = replace(settings_of(app), embedded=False)
    refused = flask("demo", *command)
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    assert one(sql, COUNTS) == (0, 0, 0)
    assert flask("demo", *command, "--force").exit_code == 0
    assert one(sql, COUNTS) > (0, 0, 0)


@pytest.mark.parametrize("command", ["seed", "race"])
def test_production_refuses_it_also_when_forced(flask: Flask, app: HoldfastApp, sql: Any, command: str) -> None:
    app.extensions["holdfast.settings"] = replace(settings_of(app), env="production")
    refused = flask("demo", command, "--force")
    assert (refused.exit_code, "production" in refused.output) == (1, True)
    assert one(sql, COUNTS) == (0, 0, 0)


def test_segments_select_some_customers_and_not_all(flask: Flask, sql: Any) -> None:
    flask("demo", "seed")
    sql.execute("SELECT name, rules FROM segments ORDER BY id")
    named = dict(sql.fetchall())
    assert [name for name, rules in named.items() if rules is None] == ["Friends of the house"]
    assert one(sql, "SELECT count(*) FROM memberships") == (25,)
    near = """
        SELECT count(*) FROM customers AS c JOIN stores AS s ON s.id = %s
        WHERE core_distance_km(s.latitude, s.longitude, c.latitude, c.longitude) <= 5
    """
    sql.execute(near, [named["Neighbours"]["rules"][0]["store_id"]])
    assert 10 < sql.fetchone()[0] < 200
    assert 10 < one(sql, "SELECT count(*) FROM customers WHERE spend >= 500")[0] < 250
    recent = "SELECT count(*) FROM customers WHERE orders >= 3 AND last_order_at > clock_timestamp() - interval '90 d'"
    assert 10 < one(sql, recent)[0] < 250


def test_nobody_signs_in_as_a_demo_customer(flask: Flask, app: HoldfastApp, sql: Any) -> None:
    flask("demo", "seed")
    (name,) = one(sql, "SELECT username FROM users WHERE role = 'customer' ORDER BY id LIMIT 1")
    for password in ("", "!", "holdfast-demo"):
        answer = app.test_client().post("/api/v1/auth/login", json={"username": name, "password": password})
        assert answer.status_code in {401, 422}


def test_in_a_race_as_many_win_as_there_are_units(flask: Flask, sql: Any) -> None:
    done = flask("demo", "race", "--stock", "5", "--buyers", "50")
    assert done.exit_code == 0, done.output
    assert "won           5" in done.output
    assert "refused      45  409 insufficient_stock" in done.output
    assert "total 5, available 0, reserved 5" in done.output
    assert "in this process" in done.output
    sql.execute("SELECT state, count(*) FROM stock_holds GROUP BY state")
    assert sql.fetchall() == [("released", 5)]
    assert one(sql, "SELECT bool_or(is_active) FROM products") == (False,)
    assert one(sql, "SELECT count(*) FROM sessions WHERE ended_at IS NULL") == (0,)


def test_the_customers_of_a_race_come_again(flask: Flask, sql: Any) -> None:
    for buyers in ("3", "7", "4"):
        assert flask("demo", "race", "--stock", "5", "--buyers", buyers).exit_code == 0
    assert one(sql, "SELECT count(*) FROM users WHERE role = 'customer'") == (7,)


def outcome(
    won: int, refused: int, code: str = "insufficient_stock", counters: tuple[int, int, int] = (5, 0, 5)
) -> Any:
    buyer: Any = Buyer
    answers = [Answer(buyer, 201, {}, 0.1)] * won + [Answer(buyer, 409, {"code": code}, 0.1)] * refused
    return Outcome(Race(1, 5, [buyer] * 50), answers, 1.0, counters)


def test_a_race_is_right_only_when_every_number_is() -> None:
    assert outcome(5, 45).is_right
    assert not outcome(6, 44).is_right
    assert not outcome(4, 46).is_right
    assert not outcome(5, 44).is_right
    assert not outcome(5, 45, code="too_many_holds").is_right
    assert not outcome(5, 45, counters=(5, 1, 4)).is_right


def test_a_race_with_a_wrong_number_ends_with_exit_1(flask: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "REFUSED", (409, "something_else"))
    done = flask("demo", "race", "--stock", "1", "--buyers", "3")
    assert (done.exit_code, "WRONG" in done.output) == (1, True)


def test_preparing_an_empty_embedded_database_fills_it_once(flask: Flask, sql: Any) -> None:
    for _ in range(2):
        done = flask("prepare")
        assert done.exit_code == 0, done.output
    assert one(sql, COUNTS) == (5, 60, 503)
    assert one(sql, "SELECT count(latitude) FROM customers JOIN users USING (id) WHERE username LIKE 'customer_'") == (
        3,
    )


def test_programs_are_told_how_a_race_went(flask: Flask) -> None:
    told = json.loads(flask("demo", "race", "--stock", "2", "--buyers", "5", "--json").stdout)
    assert (told["won"], told["right"], told["address"]) == (2, True, None)
    assert told["refused"] == [{"status": 409, "code": "insufficient_stock", "buyers": 3}]
    assert told["stock"] == {"total": 2, "available": 0, "reserved": 2}


def test_programs_are_told_what_was_made(flask: Flask) -> None:
    first, again = (json.loads(flask("demo", "seed", "--json").stdout)["made"] for _ in range(2))
    assert (first[0][:8], again) == ("Demo dat", ["Demo data of size s is there already: nothing changed."])
    prepared = json.loads(flask("prepare", "--json").stdout)
    assert (prepared["migrated"], "Demo login: admin" in prepared["made"]) == (True, True)
