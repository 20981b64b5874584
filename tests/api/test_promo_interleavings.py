"""Two sessions at one promo in a fixed order: whoever comes second sees what the first one did."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from app.core import jsons
from tests.api.interleaved import interleaved
from tests.api.made import PRODUCTS
from tests.api.made_promos import PROMOS, after, drafted, hold, promo
from tests.api.problem import assert_problem
from tests.callers import Caller

WHO = jsons.dump({"id": None, "name": "test", "role": None, "request_id": "", "source": "job"}).decode()
SOON = "UPDATE promo_holds SET expires_at = clock_timestamp() + interval '200 ms' RETURNING expires_at"
HOLD = "SELECT (promos_hold(%s, %s, %s, NULL, 60, 3, 300, %s)).state"
COMPLETE = "SELECT promos_complete(%s, %s, %s, %s, 'EUR', 600, %s)"


@pytest.fixture
def sale(operator: Caller) -> dict[str, Any]:
    """A running promo of one unit."""
    return promo(operator)


def of(caller: Caller, sale: dict[str, Any], *, at: str = "") -> tuple[str, list[Any]]:
    """The wish for a unit, when a moment is over."""
    asked = [str(uuid4()), caller.user_id, sale["id"], WHO]
    return (f"SELECT pg_sleep_until(%s); {HOLD}", [at, *asked]) if at else (HOLD, asked)


def test_the_last_unit_goes_to_whoever_took_the_counter_first(
    anna: Caller, bert: Caller, sale: dict[str, Any], db_url: str
) -> None:
    assert interleaved(db_url, of(anna, sale), of(bert, sale)) == "held_by_others"


def test_a_hold_that_waits_for_a_pause_is_refused(anna: Caller, sale: dict[str, Any], db_url: str) -> None:
    pause = "UPDATE promos SET paused_at = clock_timestamp(); UPDATE promo_stock SET state = 'paused'"
    assert interleaved(db_url, (pause, []), of(anna, sale)) == "promo_not_running"


def test_a_hold_that_waits_for_an_end_is_refused(anna: Caller, sale: dict[str, Any], db_url: str) -> None:
    end = "UPDATE promos SET ended_at = clock_timestamp(); SELECT promos_drain(ARRAY[%s]::bigint[], %s)"
    assert interleaved(db_url, (end, [sale["id"], WHO]), of(anna, sale)) == "promo_not_running"


def test_a_purchase_in_the_last_instant_counts_for_the_same_customers_next_hold(
    anna: Caller, operator: Caller, db_url: str, sql: Any
) -> None:
    sale = promo(operator, quantity=5)
    held = hold(anna, sale["id"]).json["id"]
    sql.execute(SOON.replace("200 ms", "2 s"))  # the purchase comes before, after three connections were made
    (over,) = sql.fetchone()
    buy = (COMPLETE, [held, anna.user_id, str(uuid4()), "ORD-0123456789AB", WHO])
    assert interleaved(db_url, buy, of(anna, sale, at=over)) == "limit_reached"


def test_a_purchase_that_waited_for_its_hold_until_it_was_over_is_refused(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    held = hold(anna, sale["id"]).json["id"]
    sql.execute(SOON.replace("200 ms", "2 s"))  # the purchase comes before, after three connections were made
    (over,) = sql.fetchone()
    buy = (COMPLETE, [held, anna.user_id, str(uuid4()), "ORD-0123456789AB", WHO])
    wait = ("SELECT pg_sleep_until(%s)", [over])
    assert interleaved(db_url, ("SELECT FROM promo_holds FOR UPDATE", []), buy, wait) == "hold_expired"


def test_a_hold_that_is_bought_over_two_connections_is_one_order(
    anna: Caller, bert: Caller, operator: Caller, db_url: str, sql: Any
) -> None:
    """Staff may buy for the customer, so the customer's gate is asked for by both."""
    sale = promo(operator, quantity=2)
    held = hold(anna, sale["id"]).json["id"]
    one, two = ((COMPLETE, [held, None, str(uuid4()), f"ORD-{name * 12}", WHO]) for name in "AB")
    assert interleaved(db_url, one, two) == one[1][2]
    sql.execute("SELECT count(*) FROM orders")
    assert sql.fetchone() == (1,)


def test_a_hold_that_the_sweep_is_ending_is_not_bought(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    held = hold(anna, sale["id"]).json["id"]
    release = ("SELECT promos_end_holds(ARRAY[%s]::uuid[], 'released', %s)", [held, WHO])
    buy = (COMPLETE, [held, anna.user_id, str(uuid4()), "ORD-0123456789AB", WHO])
    assert interleaved(db_url, release, buy) == "promo_reservation_ended"
    sql.execute("SELECT held, sold FROM promo_stock")
    assert sql.fetchone() == (0, 0)


def test_a_hold_that_is_being_bought_is_not_given_back(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    held = hold(anna, sale["id"]).json["id"]
    buy = (COMPLETE, [held, anna.user_id, str(uuid4()), "ORD-0123456789AB", WHO])
    assert interleaved(db_url, buy, ("SELECT promos_release(%s, NULL, %s)", [held, WHO])) == "promo_reservation_ended"
    sql.execute("SELECT held, sold FROM promo_stock")
    assert sql.fetchone() == (0, 1)


def test_ones_own_lapsed_hold_that_somebody_looks_at_is_waited_for(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    hold(anna, sale["id"])
    sql.execute("UPDATE promo_holds SET expires_at = clock_timestamp()")
    assert interleaved(db_url, ("SELECT FROM promo_holds FOR UPDATE", []), of(anna, sale)) == "held"


def test_a_hold_that_lapses_after_the_transaction_began_has_lapsed(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    hold(anna, sale["id"])
    sql.execute(SOON)
    (over,) = sql.fetchone()
    assert interleaved(db_url, ("SELECT 1", []), of(anna, sale, at=over)) == "held"


def test_a_promo_that_is_prolonged_in_its_last_instant_is_not_closed(
    sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    sql.execute("UPDATE promos SET starts_at = starts_at - interval '1 h'")
    sql.execute("UPDATE promos SET ends_at = clock_timestamp() + interval '200 ms' RETURNING ends_at")
    (over,) = sql.fetchone()
    prolong = "SELECT FROM promo_stock FOR UPDATE; UPDATE promos SET ends_at = ends_at + interval '1 h'"
    drain = "SELECT pg_sleep_until(%s); SELECT promos_drain(ARRAY[%s]::bigint[], %s)"
    assert interleaved(db_url, (prolong, []), (drain, [over, sale["id"], WHO])) == 0


@contextmanager
def unfinished(db_url: str, statement: str) -> Iterator[Any]:
    """Somebody has done this and not committed yet."""
    connection = psycopg2.connect(db_url)
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        yield connection
        connection.rollback()


def test_a_hold_that_had_to_wait_lasts_its_whole_minute(
    anna: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    gate = ("SELECT pg_advisory_xact_lock(hashtext('customer'), hashint8(%s))", [anna.user_id])
    assert interleaved(db_url, gate, of(anna, sale), ("SELECT pg_sleep(0.2)", [])) == "held"
    sql.execute("SELECT expires_at - created_at > '59.95 s' FROM promo_holds")
    assert sql.fetchone() == (True,)


def test_a_lapsed_hold_that_somebody_works_on_keeps_no_other_buyer_waiting(
    anna: Caller, bert: Caller, sale: dict[str, Any], db_url: str, sql: Any
) -> None:
    hold(anna, sale["id"])
    sql.execute("UPDATE promo_holds SET expires_at = clock_timestamp()")
    with unfinished(db_url, "SELECT FROM promo_holds FOR UPDATE"):
        assert_problem(hold(bert, sale["id"]), 409, "held_by_others")
    assert hold(bert, sale["id"]).status_code == 201


def test_no_sweep_ends_a_live_hold_and_nobody_gives_a_lapsed_one_back(
    anna: Caller, sale: dict[str, Any], sql: Any
) -> None:
    mine = hold(anna, sale["id"]).json["id"]
    for state in ("expired", "released"):
        sql.execute("SELECT promos_end_holds(ARRAY[%s]::uuid[], %s, %s)", [mine, state, WHO])
        assert sql.fetchone() == (int(state == "released"),)
        sql.execute("UPDATE promo_holds SET state = 'held', ended_at = NULL; UPDATE promo_stock SET held = 1")
    sql.execute("UPDATE promo_holds SET expires_at = clock_timestamp()")
    sql.execute("SELECT promos_end_holds(ARRAY[%s]::uuid[], 'released', %s)", [mine, WHO])
    assert sql.fetchone() == (0,)


def test_a_sweep_passes_over_a_hold_that_somebody_works_on(
    anna: Caller, bert: Caller, operator: Caller, db_url: str, sql: Any
) -> None:
    sale = promo(operator, quantity=2)
    mine, theirs = (hold(caller, sale["id"]).json["id"] for caller in (anna, bert))
    sql.execute("UPDATE promo_holds SET expires_at = clock_timestamp()")
    sql.execute("SET lock_timeout = '2 s'")
    sweep = "SELECT promos_end_holds(ARRAY[%s, %s]::uuid[], 'expired', %s)"
    with unfinished(db_url, f"SELECT FROM promo_holds WHERE id = '{mine}' FOR UPDATE"):
        for ended in (1, 0):
            sql.execute(sweep, [mine, theirs, WHO])
            assert sql.fetchone() == (ended,)
    sql.execute("SELECT held FROM promo_stock")
    assert sql.fetchone() == (1,)


def test_an_activation_and_a_change_of_its_product_never_pass_each_other(operator: Caller, db_url: str) -> None:
    draft = drafted(operator).json
    activate = f"{PROMOS}/{draft['id']}/activate"
    for change in ("UPDATE products SET price = 9.90", "UPDATE stores SET is_active = false"):
        with unfinished(db_url, change):
            assert_problem(operator.post(activate), 503, "busy")
    look = "SELECT FROM products JOIN stores ON stores.id = store_id FOR SHARE"
    with unfinished(db_url, look):
        answer = operator.patch(f"{PRODUCTS}/{draft['product_id']}", json={"price": "9.90"})
        assert_problem(answer, 503, "busy")
    assert operator.post(activate).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        ("PATCH", "", {"ends_at": after(7200)}),
        ("PATCH", "", {"quantity": 2}),
        ("POST", "/pause", None),
        ("POST", "/end", None),
    ],
    ids=["prolonged", "more units", "paused", "ended"],
)
def test_whoever_changes_an_activated_promo_waits_for_who_has_its_counters(
    operator: Caller, sale: dict[str, Any], db_url: str, asked: tuple[str, str, Any]
) -> None:
    method, verb, change = asked
    place, body = f"{PROMOS}/{sale['id']}{verb}", {"json": change} if change else {}
    with unfinished(db_url, "SELECT FROM promo_stock FOR UPDATE"):
        assert_problem(operator.call(method, place, **body), 503, "busy")
    assert operator.call(method, place, **body).status_code == 200


def test_a_change_that_waited_for_another_is_measured_by_what_that_one_left(
    operator: Caller, db_url: str, sql: Any
) -> None:
    place, told = f"{PROMOS}/{drafted(operator).json['id']}", []
    old = {"If-Match": operator.get(place).headers["ETag"]}
    with unfinished(db_url, "UPDATE promos SET version = version + 1") as first:
        second = threading.Thread(target=lambda: told.append(operator.patch(place, json={"priority": 3}, headers=old)))
        second.start()
        while second.is_alive() and not waiting(sql):
            second.join(0.01)
        first.commit()
        second.join()
    assert_problem(told[0], 412, "stale")


def waiting(sql: Any) -> bool:
    """Whether somebody waits for a lock."""
    sql.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(sql.fetchone()[0])
