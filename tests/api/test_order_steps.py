"""Orders go only where the table of rules lets them, are paid back once, and tell each step once."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.orders import rules
from tests.api.conftest import Choose
from tests.api.made import product, stock
from tests.api.made_orders import ORDERS, brought_to, paid, placed
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.api.worked import work_off
from tests.callers import Caller

OVERDUE = "UPDATE orders SET pay_by = clock_timestamp() - interval '1 ms'"


pytestmark = pytest.mark.usefixtures("sound")


def test_a_payment_by_hand_confirms_and_takes_the_units_out_of_the_stock(
    anna: Caller, staff: Caller, tea: int, sql: Any
) -> None:
    order = placed(anna, (tea, 2)).json
    place = f"{ORDERS}/{order['id']}/payments"
    assert_problem(staff.post(place, json={"note": "cash", "amount": "39.79"}), 422, "amount_mismatch")
    answer = staff.post(place, json={"note": "cash", "amount": "39.80"})
    assert (answer.status_code, answer.json["status"], answer.json["payment_status"]) == (201, "CONFIRMED", "paid")
    assert stock(anna, tea) == (3, 3, 0)
    problem = assert_problem(paid(staff, order), 409, "order_not_payable")
    assert (problem["order_status"], problem["payment_status"]) == ("CONFIRMED", "paid")
    sql.execute("SELECT kind, provider, amount::text, note FROM captures")
    assert sql.fetchall() == [("accepted", "manual", "39.80", "cash")]


@pytest.mark.parametrize("before", rules.STATUSES)
@pytest.mark.parametrize("wanted", rules.STATUSES)
def test_an_order_goes_only_where_the_table_lets_it(
    anna: Caller, staff: Caller, tea: int, before: str, wanted: str
) -> None:
    order = placed(anna, (tea, 1)).json
    brought_to(staff, order, before)
    answer = staff.patch(f"{ORDERS}/{order['id']}", json={"status": wanted})
    if wanted in rules.BY_HAND[before]:
        assert (answer.status_code, answer.json["status"]) == (200, wanted)
    else:
        problem = assert_problem(answer, 409, "illegal_transition")
        assert problem["allowed"] == list(rules.BY_HAND[before] if wanted != "CANCELLED" else rules.NEXT[before])
        assert staff.get(f"{ORDERS}/{order['id']}").json["status"] == before


@pytest.mark.parametrize("edge", [(before, after) for before, legal in rules.BY_HAND.items() for after in legal])
def test_of_operators_who_move_an_order_at_once_one_wins(
    app: HoldfastApp, anna: Caller, staff: Caller, tea: int, edge: tuple[str, str]
) -> None:
    order = placed(anna, (tea, 1)).json
    before, wanted = edge
    brought_to(staff, order, before)

    def moved(_: int) -> int:
        caller = Caller(app.test_client(), staff.user_id, staff.username, staff.token)
        return int(caller.patch(f"{ORDERS}/{order['id']}", json={"status": wanted}).status_code)

    assert sorted(at_once(app, 4, moved)) == [200, 409, 409, 409]


def test_cancelling_a_paid_order_pays_back_and_restocks(anna: Caller, staff: Caller, tea: int, sql: Any) -> None:
    order = placed(anna, (tea, 2)).json
    paid(staff, order)
    shown = staff.post(f"{ORDERS}/{order['id']}/cancel").json
    assert (shown["status"], shown["payment_status"], shown["refunded"]) == ("CANCELLED", "refunded", "39.80")
    assert stock(anna, tea) == (5, 5, 0)
    sql.execute("SELECT state, amount::text FROM refunds")
    assert sql.fetchall() == [("succeeded", "39.80")]


def test_refunds_never_exceed_what_was_paid(anna: Caller, staff: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    place = f"{ORDERS}/{order['id']}/refunds"
    assert_problem(staff.post(place, json={"reason": "x"}), 409, "nothing_to_refund")
    paid(staff, order)
    half = staff.post(place, json={"amount": "10.00", "reason": "damaged"})
    assert (half.status_code, half.json["payment_status"], half.json["refunded"]) == (
        201,
        "partially_refunded",
        "10.00",
    )
    problem = assert_problem(staff.post(place, json={"amount": "9.91", "reason": "x"}), 409, "refund_too_large")
    assert problem["refundable"] == "9.90"
    rest = staff.post(place, json={"reason": "the rest"})
    assert (rest.json["payment_status"], rest.json["refunded"], rest.json["status"]) == (
        "refunded",
        "19.90",
        "CONFIRMED",
    )
    assert_problem(staff.post(place, json={"reason": "x"}), 409, "nothing_to_refund")
    shown = staff.get(place).json
    assert [(each["amount"], each["state"]) for each in shown] == [("10.00", "succeeded"), ("9.90", "succeeded")]


def test_two_refunds_at_once_share_what_there_is(app: HoldfastApp, anna: Caller, staff: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    paid(staff, order)

    def refunded(_: int) -> int:
        caller = Caller(app.test_client(), staff.user_id, staff.username, staff.token)
        answer = caller.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "6.00", "reason": "x"})
        return int(answer.status_code)

    assert sorted(at_once(app, 6, refunded)) == [201, 201, 201, 409, 409, 409]


def test_each_step_is_told_by_one_mail(app: HoldfastApp, anna: Caller, staff: Caller, tea: int, sql: Any) -> None:
    order = placed(anna, (tea, 1)).json
    brought_to(staff, order, "DELIVERED")
    staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "1.00", "reason": "x"})
    cancelled = placed(anna, (tea, 1)).json
    anna.post(f"{ORDERS}/{cancelled['id']}/cancel")
    told = work_off(app, "orders.write_mail")
    sql.execute("UPDATE jobs SET state = 'queued', finished_at = NULL, attempts = 0 WHERE name = 'orders.write_mail'")
    assert work_off(app, "orders.write_mail") == told
    sql.execute("SELECT template, count(*), min(recipient) FROM emails GROUP BY template ORDER BY template")
    assert sql.fetchall() == [
        ("order_cancelled", 1, "anna@example.test"),
        ("order_delivered", 1, "anna@example.test"),
        ("order_paid", 1, "anna@example.test"),
        ("order_processing", 1, "anna@example.test"),
        ("order_received", 2, "anna@example.test"),
        ("order_refunded", 1, "anna@example.test"),
        ("order_shipped", 1, "anna@example.test"),
    ]
    sql.execute("SELECT text FROM emails WHERE subject = %s", [f"We have your order {order['reference']}"])
    ((words,),) = sql.fetchall()
    assert "Green tea: €19.90" in words
    assert "Please pay €19.90 by " in words


def test_lists_narrow_sort_and_page(anna: Caller, bert: Caller, staff: Caller, sql: Any) -> None:
    dear, cheap = (
        product(staff, sku=sku, price=price, total_stock=50)["id"] for sku, price in (("D", "50"), ("C", "5"))
    )
    made = [placed(anna, (dear, 1)).json, placed(anna, (cheap, 1)).json, placed(anna, (cheap, 3)).json]
    other = placed(bert, (dear, 2)).json
    paid(staff, made[1])
    sql.execute("UPDATE orders SET created_at = '2026-03-10T23:30:00Z' WHERE reference = %s", (made[0]["reference"],))

    def refs(caller: Caller, query: str) -> list[str]:
        answer = caller.get(f"{ORDERS}?{query}")
        assert answer.status_code == 200, answer.text
        return [row["reference"] for row in answer.json["data"]]

    first, second, third = (order["reference"] for order in made)
    assert refs(anna, "") == [third, second, first]
    assert refs(staff, "ordering=highest") == [other["reference"], first, third, second]
    assert refs(staff, "ordering=lowest&max_total=49.99") == [second, third]
    assert refs(staff, f"customer_id={bert.user_id}") == [other["reference"]]
    assert refs(anna, f"customer_id={bert.user_id}&ordering=oldest") == [first, second, third]
    assert refs(staff, "status=CONFIRMED") == [second]
    assert refs(staff, "start_date=2026-03-10&end_date=2026-03-10") == [first]
    assert refs(staff, "end_date=2026-03-09") == []
    page = staff.get(f"{ORDERS}?limit=3&ordering=highest").json
    assert [row["reference"] for row in page["data"]] == [other["reference"], first, third]
    assert refs(staff, f"limit=3&ordering=highest&cursor={page['next_cursor']}") == [second]
    assert [line["quantity"] for line in page["data"][2]["items"]] == [3]


def test_days_are_those_of_the_shop_and_both_ends_are_included(
    anna: Caller, staff: Caller, tea: int, sql: Any, choose: Choose
) -> None:
    choose(business_zone="Asia/Tokyo")
    moments = ["14:59:59.999999", "15:00:00", "23:30:00"]  # the day begins at 15:00 of the one before
    names = []
    for moment in moments:
        names.append(placed(anna, (tea, 1)).json["reference"])
        sql.execute("UPDATE orders SET created_at = %s WHERE reference = %s", [f"2026-03-10T{moment}Z", names[-1]])

    def found(query: str) -> list[str]:
        return [row["reference"] for row in staff.get(f"{ORDERS}?ordering=oldest&{query}").json["data"]]

    assert found("start_date=2026-03-11&end_date=2026-03-11") == names[1:]
    assert found("start_date=2026-03-10&end_date=2026-03-10") == names[:1]
    assert found("start_date=2026-03-10&end_date=2026-03-11") == names
    assert found("start_date=2026-03-11&end_date=2026-03-10") == []


def test_the_history_names_each_step_and_who_took_it(anna: Caller, staff: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    brought_to(staff, order, "PROCESSING")
    steps = staff.get(f"{ORDERS}/{order['id']}/history").json
    assert [(each["kind"], each["status"], each["payment_status"], each["actor_name"]) for each in steps] == [
        ("placed", "PENDING", "unpaid", "anna"),
        ("paid", "CONFIRMED", "paid", "operator"),
        ("processing", "PROCESSING", "paid", "operator"),
    ]


def test_notes_are_for_staff_alone(anna: Caller, staff: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    place = f"{ORDERS}/{order['id']}/notes"
    written = staff.post(place, json={"text": "Calls back <b>Monday</b>."})
    assert (written.status_code, written.json["author_name"]) == (201, "operator")
    assert staff.get(place).json == [written.json]
    assert_problem(anna.get(place), 403, "not_permitted")


def test_a_step_upon_an_order_that_has_moved_on_is_refused(anna: Caller, staff: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    place = f"{ORDERS}/{order['id']}"
    seen = {"If-Match": anna.get(place).headers["ETag"]}
    assert anna.get(place, headers={"If-None-Match": seen["If-Match"]}).status_code == 304
    assert paid(staff, order).status_code == 201
    assert anna.get(place, headers={"If-None-Match": seen["If-Match"]}).status_code == 200
    assert_problem(staff.patch(place, json={"status": "PROCESSING"}, headers=seen), 412, "stale")
    assert_problem(staff.patch(place, json={"status": "CANCELLED"}, headers=seen), 412, "stale")
    assert_problem(staff.post(f"{place}/cancel", headers=seen), 412, "stale")
    now = {"If-Match": staff.get(place).headers["ETag"]}
    assert staff.patch(place, json={"status": "PROCESSING"}, headers=now).json["status"] == "PROCESSING"
