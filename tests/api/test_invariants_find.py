"""Each invariant of the sale finds what it is there for: data is broken by hand, past every constraint, and seen."""

from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.core.invariants import INVARIANTS
from app.core.web import HoldfastApp
from tests.api.made import held, product
from tests.api.made_orders import ORDERS, paid, placed, tell
from tests.api.made_promos import complete, hold, promo
from tests.api.told import announced
from tests.api.worked import settle, work_off
from tests.callers import Caller

OF_THE_SALE = ("inventory.", "jobs.", "mail.", "notifications.", "orders.", "payments.", "promos.", "stock.")
COPIED = """
    ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {key};
    DROP INDEX IF EXISTS {key};
    CREATE TEMPORARY TABLE copies ON COMMIT DROP AS SELECT * FROM {table} WHERE {which} LIMIT 1;
    {change};
    INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM copies
"""
BREAKS: dict[str, tuple[str, ...]] = {
    "inventory.counters": (
        "ALTER TABLE product_stock DROP CONSTRAINT ck_product_stock_sum; UPDATE product_stock SET total = total + 1",
    ),
    "inventory.movements": (
        "DELETE FROM stock_movements WHERE kind = 'sold'",
        "UPDATE product_stock SET available = available + 1, total = total + 1",
    ),
    "inventory.has_stock_row": ("DELETE FROM product_stock",),
    "inventory.holds_end": ("UPDATE stock_holds SET expires_at = clock_timestamp() - interval '31 s'",),
    "inventory.holds_audited": ("DELETE FROM audit_log WHERE object_type = 'reservation'",),
    "stock.reserved": (
        "UPDATE product_stock SET reserved = reserved + 1, total = total + 1",
        "DELETE FROM stock_holds",
        "UPDATE orders SET status = 'CANCELLED' WHERE status = 'PENDING' AND source = 'shelf'",
        "UPDATE promo_stock SET returned = returned + 1 WHERE held > 0",
    ),
    "jobs.nothing_forgotten": (
        "INSERT INTO jobs (name, args, request_id, due_at) VALUES ('x', '{}', '', clock_timestamp() - interval '61 s')",
    ),
    "mail.each_is_under_way": ("DELETE FROM jobs WHERE name LIKE 'mail.%'",),
    "mail.one_for_each_message_id": ("UPDATE emails SET message_id = 'the same'",),
    "notifications.quota": (
        "UPDATE notification_quotas SET told = 0",
        "DELETE FROM notifications WHERE suppressed IS NULL",
    ),
    "notifications.cap": (
        "DELETE FROM notification_quotas",
        "UPDATE notifications SET suppressed = NULL WHERE suppressed = 'cap'",
    ),
    "notifications.once": (
        COPIED.format(
            table="notifications",
            key="uq_notifications_subject",
            which="true",
            change="UPDATE copies SET id = id + 1000",
        ),
    ),
    "orders.total": ("UPDATE order_items SET quantity = quantity + 1, subtotal = subtotal + unit_price",),
    "orders.lines": ("UPDATE order_items SET name = 'other'",),
    "orders.history": (
        "DELETE FROM order_events WHERE step = 1",
        "UPDATE order_events SET payment_status = 'review'",
        "UPDATE orders SET steps = steps + 1",
    ),
    "orders.edges": ("UPDATE order_events SET status = 'SHIPPED' WHERE step = 1",),
    "orders.reference": (
        "ALTER TABLE orders DROP CONSTRAINT uq_orders_reference; UPDATE orders SET reference = 'ORD-1'",
    ),
    "orders.paid": (
        "UPDATE captures SET amount = amount + 1",
        "DELETE FROM captures",
        "UPDATE orders SET paid_at = NULL",
        "UPDATE orders SET payment_status = 'paid' WHERE paid_at IS NULL",
        "UPDATE orders SET payment_status = 'unpaid' WHERE paid_at IS NOT NULL",
        "UPDATE orders SET status = 'SHIPPED' WHERE paid_at IS NULL",
        COPIED.format(
            table="captures",
            key="uq_captures_accepted",
            which="kind = 'accepted'",
            change="UPDATE copies SET id = id + 1000, provider_id = 'another'",
        ),
    ),
    "orders.refunded": ("UPDATE orders SET refunded = 0", "UPDATE refunds SET amount = amount + 1"),
    "orders.money_has_an_end": (
        "UPDATE orders SET status = 'CANCELLED' WHERE paid_at IS NOT NULL",
        "UPDATE captures SET refunded = 0 WHERE kind = 'surplus'",
        "UPDATE orders SET payment_status = 'unpaid' WHERE payment_status = 'review'",
    ),
    "orders.unpaid_end": ("UPDATE orders SET pay_by = clock_timestamp() - interval '31 s'",),
    "orders.audited": ("DELETE FROM audit_log WHERE object_type = 'order' AND action = 'order.paid'",),
    "payments.sums": (
        "UPDATE payments SET captured = captured + 1",
        "DELETE FROM refunds",
        "UPDATE captures SET refunded = 0",
    ),
    "payments.refunds_within_captures": ("UPDATE refunds SET amount = 1000",),
    "payments.accepted_amount": (
        "UPDATE payments SET amount = amount + 1",
        "UPDATE captures SET currency = 'XXX'",
    ),
    "payments.webhooks_settled": (
        "UPDATE webhook_events SET state = 'new', next_try_at = clock_timestamp() - interval '61 s'",
        "UPDATE webhook_events SET state = 'parked', next_try_at = clock_timestamp() - interval '61 s'",
    ),
    "promos.counters": (
        "UPDATE promo_stock SET allotted = allotted + 1, held = held + 1",
        "UPDATE promo_stock SET sold = sold - 1 WHERE sold > 0",
        "ALTER TABLE promo_stock DROP CONSTRAINT ck_promo_stock_sum; UPDATE promo_stock SET allotted = 0",
    ),
    "promos.allotted": ("UPDATE promo_stock SET allotted = allotted + 1", "DELETE FROM promo_stock"),
    "promos.limit": (
        COPIED.format(
            table="promo_holds",
            key="uq_promo_holds_live",
            which="state = 'held'",
            change="UPDATE copies SET id = gen_random_uuid()",
        ),
    ),
    "promos.overlap": (
        """
        ALTER TABLE promos DROP CONSTRAINT ex_promos_overlap;
        UPDATE promos SET product_id = (SELECT min(product_id) FROM promos)
        """,
    ),
    "promos.holds_end": (
        "UPDATE promo_holds SET expires_at = clock_timestamp() - interval '31 s' WHERE state = 'held'",
    ),
    "promos.in_time": (
        "UPDATE promo_holds SET created_at = created_at - interval '1 day'",
        "UPDATE promo_holds SET created_at = created_at + interval '1 day'",
        "UPDATE promo_holds SET expires_at = expires_at - interval '62 s'",
    ),
    "promos.ordered": (
        "UPDATE promo_holds SET price = price + 1",
        "UPDATE promo_holds SET order_id = NULL, state = 'released' WHERE state = 'completed'",
        "UPDATE orders SET user_id = 0 WHERE source = 'promo'",
    ),
    "promos.returned": (
        "UPDATE promo_holds SET returned_at = clock_timestamp() WHERE state = 'completed'",
        "UPDATE orders SET status = 'CANCELLED' WHERE source = 'promo'",
    ),
    "promos.closed": (
        "UPDATE promos SET starts_at = starts_at - interval '1 day', ends_at = clock_timestamp() - interval '31 s'",
    ),
    "promos.audited": (
        "DELETE FROM audit_log WHERE action = 'promo.activated'",
        "UPDATE promo_stock SET state = 'closed'",
        "UPDATE promos SET paused_at = clock_timestamp()",
    ),
}


def found(cursor: Any, name: str) -> bool:
    """Whether an invariant finds a row."""
    [query] = [each.breaches for each in INVARIANTS if each.name == name]
    cursor.execute(query)
    return cursor.fetchone() is not None


@pytest.fixture
def night(app: HoldfastApp, anna: Caller, bert: Caller, staff: Caller, sql: Any) -> None:
    """An order paid and partly paid back, one that waits, one paid wrongly, one paid twice, and two promos told of."""
    tea = product(staff, total_stock=50)["id"]
    held(anna, tea)
    orders = [placed(anna, (tea, 1)).json for _ in range(2)] + [placed(bert, (tea, 1)).json for _ in range(2)]
    assert paid(staff, orders[0]).status_code == 201
    staff.post(f"{ORDERS}/{orders[0]['id']}/refunds", json={"amount": "1.00", "reason": "dented"})
    for event, order, more in (
        ("e1", orders[2], {"amount": "1.00"}),
        ("e2", orders[3], {"payment_id": "p1"}),
        ("e3", orders[3], {"payment_id": "p2"}),
    ):
        tell(anna.client, event, order, **more)
        settle(app)
    sale, _ = promo(staff, quantity=4), promo(staff)
    assert complete(anna, hold(anna, sale["id"])).status_code == 200
    assert hold(bert, sale["id"]).status_code == 201
    announced(app)
    work_off(app, "orders.write_mail")


@pytest.mark.usefixtures("app")
def test_each_invariant_of_the_sale_is_broken_here() -> None:
    assert {each.name for each in INVARIANTS if each.name.startswith(OF_THE_SALE)} == BREAKS.keys()


@pytest.mark.usefixtures("night")
def test_each_invariant_finds_each_breach_and_nothing_before_it(db_url: str) -> None:
    missed, early = [], []
    for name, breaks in BREAKS.items():
        for each in breaks:
            with closing(psycopg2.connect(db_url)) as connection, connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                early += [name] if found(cursor, name) else []
                cursor.execute(each)
                missed += [] if found(cursor, name) else [(name, each)]
    assert (early, missed) == ([], [])
