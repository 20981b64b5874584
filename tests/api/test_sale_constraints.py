"""The database itself refuses what must not be of promos, notifications, orders and money, whoever asks for it."""

from typing import Any

import psycopg2
import pytest

from app.core.web import HoldfastApp
from tests.api.made import product
from tests.api.made_orders import ORDERS, paid, placed, tell
from tests.api.made_promos import complete, hold, promo
from tests.api.told import announced
from tests.api.worked import settle
from tests.callers import Caller

HELD, BOUGHT = "state = 'held'", "state = 'completed'"
REFUSED = {
    "UPDATE promos SET promo_price = 0": "ck_promos_promo_price",
    "UPDATE promos SET ends_at = starts_at + interval '59.9 s'": "ck_promos_window",
    "UPDATE promos SET audience = 'some'": "ck_promos_audience",
    "UPDATE promos SET max_distance_km = -1": "ck_promos_max_distance_km",
    "UPDATE promos SET quantity = 0": "ck_promos_quantity",
    "UPDATE promos SET per_customer_limit = 0": "ck_promos_per_customer_limit",
    "UPDATE promos SET activated_at = NULL, south = NULL, paused_at = now()": "ck_promos_activated",
    "UPDATE promos SET activated_at = NULL, south = NULL, ended_at = now()": "ck_promos_activated",
    "UPDATE promos SET south = NULL": "ck_promos_reach",
    "UPDATE promo_stock SET state = 'half'": "ck_promo_stock_state",
    "UPDATE promo_stock SET held = -1, sold = 0": "ck_promo_stock_counted",
    "UPDATE promo_stock SET sold = -1, held = 0": "ck_promo_stock_counted",
    "UPDATE promo_stock SET returned = -1": "ck_promo_stock_counted",
    "UPDATE promo_stock SET returned = allotted": "ck_promo_stock_sum",
    "UPDATE promo_holds SET state = 'gone', ended_at = now() WHERE state = 'held'": "ck_promo_holds_state",
    "UPDATE promo_holds SET state = 'expired' WHERE state = 'held'": "ck_promo_holds_ended",
    "UPDATE promo_holds SET ended_at = now() WHERE state = 'held'": "ck_promo_holds_ended",
    "UPDATE promo_holds SET state = 'completed', ended_at = now() WHERE state = 'held'": "ck_promo_holds_ordered",
    "UPDATE promo_holds SET state = 'released' WHERE state = 'completed'": "ck_promo_holds_ordered",
    "UPDATE promo_holds SET returned_at = now() WHERE state = 'held'": "ck_promo_holds_returned",
    "UPDATE promo_announcement_ranges SET to_id = after_id": "ck_promo_announcement_ranges_span",
    "UPDATE promo_announcement_ranges SET outcome = NULL": "ck_promo_announcement_ranges_outcome",
    "UPDATE notifications SET kind = 'news'": "ck_notifications_kind",
    "UPDATE notifications SET suppressed = 'why not'": "ck_notifications_suppressed",
    "UPDATE notifications SET in_app = false, email = false, suppressed = NULL": "ck_notifications_channel",
    "UPDATE notification_quotas SET told = cap + 1": "ck_notification_quotas_told",
    "UPDATE notification_quotas SET told = -1": "ck_notification_quotas_told",
    "UPDATE orders SET status = 'LOST'": "ck_orders_status",
    "UPDATE orders SET payment_status = 'maybe'": "ck_orders_payment_status",
    "UPDATE orders SET source = 'street', source_id = NULL": "ck_orders_source",
    "UPDATE orders SET source_id = NULL WHERE source = 'promo'": "ck_orders_source_id",
    "UPDATE orders SET source_id = 1 WHERE source = 'shelf'": "ck_orders_source_id",
    "UPDATE orders SET total = 0, refunded = 0": "ck_orders_total",
    "UPDATE orders SET refunded = total + 0.01": "ck_orders_refunded",
    "UPDATE orders SET refunded = -0.01": "ck_orders_refunded",
    "UPDATE order_items SET quantity = 0, subtotal = 0": "ck_order_items_quantity",
    "UPDATE order_items SET subtotal = subtotal + 0.01": "ck_order_items_subtotal",
    "UPDATE payments SET amount = 0": "ck_payments_amount",
    "UPDATE payments SET refunded = captured + 0.01": "ck_payments_refunded",
    "UPDATE payments SET refunded = -0.01": "ck_payments_refunded",
    "UPDATE captures SET kind = 'found'": "ck_captures_kind",
    "UPDATE captures SET amount = 0, refunded = 0": "ck_captures_amount",
    "UPDATE captures SET refunded = amount + 0.01": "ck_captures_refunded",
    "UPDATE refunds SET state = 'lost'": "ck_refunds_state",
    "UPDATE refunds SET ended_at = NULL": "ck_refunds_ended",
    "UPDATE refunds SET amount = 0": "ck_refunds_amount",
    "UPDATE webhook_events SET state = 'read', next_try_at = NULL": "ck_webhook_events_state",
    "UPDATE webhook_events SET next_try_at = now()": "ck_webhook_events_next_try",
}
MADE = """
    DROP TABLE IF EXISTS twin; CREATE TEMPORARY TABLE twin AS SELECT * FROM {table} WHERE {which} LIMIT 1;
    UPDATE twin SET {changes}
"""
TAKEN_IN = "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM twin"
# A second row like one that is there, but for these columns.
TWINS = [
    ("promo_holds", HELD, {"id": "gen_random_uuid()"}, "uq_promo_holds_live"),
    ("promo_holds", BOUGHT, {"id": "gen_random_uuid()"}, "uq_promo_holds_order"),
    ("promos", "true", {"id": "id + 1000"}, "ex_promos_overlap"),
    ("notifications", "true", {"id": "id + 1000"}, "uq_notifications_subject"),
    ("orders", "true", {"id": "gen_random_uuid()"}, "uq_orders_reference"),
    ("captures", "provider_id = 'p1'", {"id": "id + 1000", "provider_id": "'other'"}, "uq_captures_accepted"),
    ("captures", "provider_id = 'p1'", {"id": "id + 1000", "kind": "'surplus'"}, "uq_captures_provider_id"),
    ("refunds", "true", {"id": "gen_random_uuid()"}, "uq_refunds_cause"),
    ("webhook_events", "true", {"id": "id + 1000"}, "uq_webhook_events_event"),
]


@pytest.fixture
def night(app: HoldfastApp, anna: Caller, bert: Caller, staff: Caller, sql: Any) -> None:
    """One of each kind of row."""
    tea = product(staff)["id"]
    one, two = (placed(caller, (tea, 1)).json for caller in (anna, bert))
    tell(anna.client, "e1", one, payment_id="p1")
    settle(app)
    paid(staff, two)
    staff.post(f"{ORDERS}/{two['id']}/refunds", json={"amount": "1.00", "reason": "dented"})
    sale = promo(staff, quantity=4)
    complete(anna, hold(anna, sale["id"]))
    hold(bert, sale["id"])
    announced(app)


@pytest.mark.usefixtures("night")
def test_what_no_row_may_say_is_refused(sql: Any) -> None:
    for change, constraint in REFUSED.items():
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            sql.execute(change)
        assert refused.value.diag.constraint_name == constraint, change


@pytest.mark.usefixtures("night")
def test_what_may_be_there_once_is_refused_a_second_time(sql: Any) -> None:
    for table, which, other, constraint in TWINS:
        changes = ", ".join(f"{column} = {value}" for column, value in other.items())
        sql.execute(MADE.format(table=table, which=which, changes=changes))
        with pytest.raises((psycopg2.errors.UniqueViolation, psycopg2.errors.ExclusionViolation)) as refused:
            sql.execute(TAKEN_IN.format(table=table))
        assert refused.value.diag.constraint_name == constraint, table
    sql.execute("DROP TABLE twin")


def test_each_constraint_of_these_tables_is_tried_here(sql: Any) -> None:
    sql.execute("""
        SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text = ANY (%s)
    """, [["promos", "promo_stock", "promo_holds", "promo_announcement_ranges", "notifications", "notification_quotas",
           "orders", "order_items", "payments", "captures", "refunds", "webhook_events"]])  # fmt: skip
    assert {name for (name,) in sql.fetchall()} == set(REFUSED.values())
