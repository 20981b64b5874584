"""What keeps orders and their money right when two sessions meet: each test fails without the one lock or check."""

from contextlib import closing
from typing import Any

import psycopg2
import pytest

from tests.api.interleaved import interleaved
from tests.api.made import product, stock
from tests.api.made_orders import ORDERS, paid, placed
from tests.api.problem import assert_problem
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

WHO = '{"id": null, "name": "x", "request_id": "r", "source": "job"}'
OVER = "UPDATE orders SET pay_by = clock_timestamp()"
GATE = "SELECT payments_lock(ARRAY[%s])"
EXPIRE = "SELECT count(*)::int FROM orders_due(200)"
REFUND = f"{GATE}; SELECT payments_refund(%s, 39.80, %s, 'x', 'succeeded', NULL, %s)"
LEFT = f"{GATE}; SELECT (captured - refunded)::text FROM payments WHERE reference = %s"  # noqa: S608 - a statement of ours
SHIFT = "SELECT inventory_shift(%s, ARRAY[1, 1], ARRAY['a', 'b'], 1, 0, 'restocked', %s)"
TOUCH = "UPDATE product_stock SET total = total WHERE product_id = %s"
RECEIVE = "SELECT payments_receive('generic', 'e1', '{}', 'f', 'ORD-1', 'failed', 1, NULL, NULL, NULL, 'r')"
# The second session reads what is asked for, and waits for the first one before it locks any of it.
SLOWLY = """
    CREATE SCHEMA slowly;
    CREATE FUNCTION slowly.waits(text) RETURNS boolean LANGUAGE sql VOLATILE AS
        'SELECT pg_advisory_xact_lock(4711); SELECT true';
    CREATE VIEW slowly.payments AS SELECT * FROM public.payments WHERE slowly.waits(reference)
"""
WAIT = "SELECT pg_advisory_xact_lock(4711)"
PAY = f"""
    {GATE}; SELECT payments_capture(%s, 39.80, 'EUR', 'generic', NULL, NULL, ''); SELECT orders_paid(ARRAY[%s], 'x', %s)
"""


@pytest.fixture
def order(anna: Caller, tea: int) -> dict[str, Any]:
    """An order of two of them that waits for its payment."""
    made: dict[str, Any] = placed(anna, (tea, 2)).json
    return made


def state(caller: Caller, order: dict[str, Any]) -> tuple[str, str]:
    shown = caller.get(f"{ORDERS}/{order['id']}").json
    return shown["status"], shown["payment_status"]


def test_whoever_moves_money_waits_for_who_moves_it_now(
    db_url: str, staff: Caller, order: dict[str, Any], sql: Any
) -> None:
    paid(staff, order)
    name = order["reference"]
    sql.execute("SELECT id FROM captures")
    assert interleaved(db_url, (REFUND, [name, name, "one", WHO]), (LEFT, [name, name])) == "0.00"
    sql.execute("DELETE FROM refunds")
    for table in ("payments", "captures"):
        sql.execute(f"UPDATE {table} SET refunded = 0")  # noqa: S608 - a name of ours


def test_an_order_whose_payment_is_being_settled_is_not_undone(
    db_url: str, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    sql.execute(OVER)
    assert interleaved(db_url, (GATE, [order["reference"]]), (EXPIRE, [])) == 0
    assert state(anna, order) == ("PENDING", "unpaid")


def test_whoever_cancels_or_takes_money_waits_for_who_settles_the_payment(
    db_url: str, anna: Caller, staff: Caller, order: dict[str, Any]
) -> None:
    with closing(psycopg2.connect(db_url)) as connection, connection.cursor() as cursor:
        cursor.execute(GATE, [order["reference"]])
        assert_problem(anna.post(f"{ORDERS}/{order['id']}/cancel"), 503, "busy")
        assert_problem(staff.post(f"{ORDERS}/{order['id']}/payments", json={"note": "cash"}), 503, "busy")
        connection.rollback()
    assert state(anna, order) == ("PENDING", "unpaid")


def test_an_order_that_was_paid_since_the_sweep_looked_is_not_undone(
    db_url: str, anna: Caller, tea: int, order: dict[str, Any], sql: Any
) -> None:
    name = order["reference"]
    sql.execute(OVER)
    sql.execute(SLOWLY)
    try:
        sweep: tuple[str, list[Any]] = (f"SET search_path = slowly, public; {EXPIRE}", [])
        assert interleaved(db_url, (WAIT, []), sweep, (PAY, [name, name, name, WHO])) == 0
    finally:
        sql.execute("DROP SCHEMA slowly CASCADE")
    assert state(anna, order) == ("CONFIRMED", "paid")
    assert stock(anna, tea) == (3, 3, 0)


def test_an_order_that_got_more_time_since_the_sweep_looked_is_not_undone(
    db_url: str, anna: Caller, order: dict[str, Any], sql: Any
) -> None:
    sql.execute(OVER)
    sql.execute(SLOWLY)
    try:
        sweep: tuple[str, list[Any]] = (f"SET search_path = slowly, public; {EXPIRE}", [])
        later: tuple[str, list[Any]] = ("UPDATE orders SET pay_by = clock_timestamp() + interval '1 hour'", [])
        assert interleaved(db_url, (WAIT, []), sweep, later) == 0
    finally:
        sql.execute("DROP SCHEMA slowly CASCADE")
    assert state(anna, order) == ("PENDING", "unpaid")


def test_counter_rows_are_locked_by_their_ids_however_the_lines_are_ordered(
    db_url: str, staff: Caller, tea: int, sql: Any
) -> None:
    other = product(staff, sku="OTHER")["id"]
    first, last = sorted((tea, other))
    for lines in ([first, last], [last, first]):
        assert interleaved(db_url, (TOUCH, [first]), (SHIFT, [lines, WHO]), (TOUCH, [last])) == ""
    assert stock(staff, tea)[:2] == stock(staff, other)[:2] == (7, 7)


def test_one_message_that_comes_over_two_connections_is_stored_once(db_url: str, staff: Caller, sql: Any) -> None:
    assert interleaved(db_url, (RECEIVE, []), (RECEIVE, [])) is False
    sql.execute("SELECT repeats FROM webhook_events")
    assert sql.fetchall() == [(1,)]


def test_the_database_keeps_one_row_for_each_message(staff: Caller, sql: Any) -> None:
    sql.execute(RECEIVE)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        sql.execute("""
            INSERT INTO webhook_events (provider, event_id, payload, fingerprint, reference, status, amount)
            SELECT provider, event_id, payload, fingerprint, reference, status, amount FROM webhook_events
        """)


def test_a_message_is_settled_once_and_by_nobody_while_somebody_does(
    db_url: str, order: dict[str, Any], sql: Any
) -> None:
    sql.execute("SET lock_timeout = '2 s'")
    sql.execute(RECEIVE.replace("ORD-1", order["reference"]))
    settle = "SELECT count(*)::int FROM payments_settle(ARRAY(SELECT id FROM webhook_events), 3600)"
    with closing(psycopg2.connect(db_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM webhook_events FOR UPDATE")
        sql.execute(settle)
        assert sql.fetchone() == (0,)
        connection.rollback()
    for settled in (1, 0):
        sql.execute(settle)
        assert sql.fetchone() == (settled,)
