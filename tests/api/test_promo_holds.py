"""One unit is held for one buyer for a minute, bought once, or free again; each refusal has its code and figures."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.promos.service import refusals, sold_out
from tests.api.conftest import AsRole
from tests.api.made_promos import HOLDS, PROMOS, after, breaches, complete, drafted, hold, promo, state
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.api.worked import tick
from tests.callers import Caller

LAPSE = """
    UPDATE promo_holds
    SET created_at = created_at - interval '1 h', expires_at = clock_timestamp() - interval '1 ms' WHERE state = 'held'
"""


@pytest.fixture(autouse=True)
def nothing_in_mind() -> None:
    sold_out.HINTS.clear()


@pytest.fixture
def sale(operator: Caller) -> dict[str, Any]:
    """A running promo of one unit."""
    return promo(operator)


def test_a_hold_keeps_one_unit_for_sixty_seconds_at_the_price(
    anna: Caller, operator: Caller, sale: dict[str, Any], sql: Any
) -> None:
    answer = hold(anna, sale["id"])
    assert answer.status_code == 201, answer.text
    assert answer.json.keys() == {
        "id", "promo_id", "customer_id", "status", "price", "order_id", "expires_at", "created_at", "server_time"
    }  # fmt: skip
    assert (answer.json["status"], answer.json["price"]) == ("held", "9.90")
    assert anna.get(answer.headers["Location"]).json["id"] == answer.json["id"]
    assert state(operator, sale["id"]) == ("running", 1, 0, 0)
    sql.execute("SELECT expires_at - created_at BETWEEN '59.9 s' AND '60.1 s' FROM promo_holds")
    assert sql.fetchone() == (True,)


def test_while_one_holds_the_only_unit_nobody_else_can(anna: Caller, bert: Caller, sale: dict[str, Any]) -> None:
    mine = hold(anna, sale["id"])
    until = mine.json["expires_at"]
    assert_problem(hold(bert, sale["id"]), 409, "held_by_others", next_free_at=until)
    assert_problem(hold(anna, sale["id"]), 409, "held_by_you", reservation_id=mine.json["id"], expires_at=until)


def test_all_held_says_when_to_come_back_and_not_everybody_at_once(
    anna: Caller, bert: Caller, sale: dict[str, Any]
) -> None:
    hold(anna, sale["id"])
    waits = {int(hold(bert, sale["id"]).headers["Retry-After"]) for _ in range(30)}
    assert min(waits) >= 60
    assert max(waits) <= 66
    assert len(waits) > 1


def test_a_lapsed_hold_is_free_for_the_next_buyer_without_any_sweep(
    anna: Caller, bert: Caller, sale: dict[str, Any], sql: Any, app: HoldfastApp
) -> None:
    mine = hold(anna, sale["id"])
    sql.execute(LAPSE)
    assert hold(bert, sale["id"]).status_code == 201
    assert anna.get(mine.headers["Location"]).json["status"] == "expired"
    assert_problem(complete(anna, mine), 409, "hold_expired")


def test_a_lapsed_hold_makes_room_and_a_live_one_beside_it_stays(
    anna: Caller, bert: Caller, as_role: AsRole, operator: Caller, sql: Any
) -> None:
    sale = promo(operator, quantity=2)
    hold(anna, sale["id"])
    sql.execute(LAPSE)
    live = hold(bert, sale["id"])
    assert hold(as_role("customer", "cleo"), sale["id"]).status_code == 201
    assert complete(bert, live).status_code == 200
    assert state(operator, sale["id"])[1:] == (1, 1, 0)


def test_ones_own_lapsed_hold_is_no_hold(anna: Caller, operator: Caller, sale: dict[str, Any], sql: Any) -> None:
    hold(anna, sale["id"])
    sql.execute(LAPSE)
    assert hold(anna, sale["id"]).status_code == 201
    assert state(operator, sale["id"]) == ("running", 1, 0, 0)


def test_a_late_completion_is_refused_swept_or_not(
    anna: Caller, sale: dict[str, Any], sql: Any, app: HoldfastApp
) -> None:
    mine = hold(anna, sale["id"])
    sql.execute(LAPSE)
    assert_problem(complete(anna, mine), 409, "hold_expired")
    assert tick(app, "promos.expire_holds") == 1
    assert_problem(complete(anna, mine), 409, "hold_expired")


def test_a_completion_makes_one_order_at_the_price_of_the_hold(
    anna: Caller, operator: Caller, sale: dict[str, Any], sql: Any, app: HoldfastApp
) -> None:
    mine = hold(anna, sale["id"])
    answer = complete(anna, mine)
    assert answer.status_code == 200, answer.text
    assert (answer.json["total"], answer.json["payment_status"], len(answer.json["items"])) == ("9.90", "unpaid", 1)
    assert complete(anna, mine).json == answer.json
    assert state(operator, sale["id"])[1:] == (0, 1, 0)
    assert anna.get(f"/api/v1/orders/{answer.json['id']}").json == answer.json
    sql.execute("SELECT pay_by - created_at BETWEEN '599 s' AND '601 s' FROM orders")
    assert sql.fetchone() == (True,)
    assert breaches(app) == []


def test_the_price_is_the_one_that_the_hold_fixed(anna: Caller, sale: dict[str, Any], sql: Any) -> None:
    mine = hold(anna, sale["id"])
    sql.execute("UPDATE promos SET promo_price = 12.34")
    answer = complete(anna, mine)
    assert (answer.json["total"], answer.json["items"][0]["unit_price"]) == ("9.90", "9.90")


def test_what_is_sold_out_is_sold_out_for_everyone(
    anna: Caller, bert: Caller, operator: Caller, sale: dict[str, Any]
) -> None:
    complete(anna, hold(anna, sale["id"]))
    assert state(operator, sale["id"]) == ("sold_out", 0, 1, 0)
    for _ in range(3):
        assert_problem(hold(bert, sale["id"]), 409, "sold_out", sold=1)
        assert_problem(hold(anna, sale["id"]), 409, "limit_reached", bought=1, limit=1)


def test_who_is_refused_by_what_is_kept_in_mind_does_not_keep_it_there(
    anna: Caller, bert: Caller, sale: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = complete(anna, hold(anna, sale["id"])).json
    clock = iter([0.0, 0.249, 0.3, 0.3])
    monkeypatch.setattr(sold_out, "monotonic", lambda: next(clock))
    assert_problem(hold(bert, sale["id"]), 409, "sold_out")
    assert anna.post(f"/api/v1/orders/{order['id']}/cancel").status_code == 200
    assert_problem(hold(bert, sale["id"]), 409, "sold_out")
    assert hold(bert, sale["id"]).status_code == 201


def test_a_release_frees_the_unit_once(anna: Caller, bert: Caller, operator: Caller, sale: dict[str, Any]) -> None:
    mine = hold(anna, sale["id"])
    place = f"{HOLDS}/{mine.json['id']}"
    assert_problem(bert.delete(place), 404, "promo_reservation_not_found")
    assert_problem(complete(bert, mine), 404, "promo_reservation_not_found")
    assert [anna.delete(place).status_code for _ in range(3)] == [204] * 3
    assert state(operator, sale["id"]) == ("running", 0, 0, 1)
    assert_problem(complete(anna, mine), 409, "promo_reservation_ended", reservation_status="released")


def test_what_was_completed_or_lapsed_cannot_be_released(
    anna: Caller, bert: Caller, operator: Caller, sql: Any
) -> None:
    sale = promo(operator, quantity=2)
    bought, lapsed = hold(anna, sale["id"]), hold(bert, sale["id"])
    complete(anna, bought)
    sql.execute(LAPSE)
    for caller, mine, status in ((anna, bought, "completed"), (bert, lapsed, "expired")):
        answer = caller.delete(f"{HOLDS}/{mine.json['id']}")
        assert_problem(answer, 409, "promo_reservation_ended", reservation_status=status)


@pytest.mark.parametrize(
    ("times", "status"), [((60, 200), "scheduled"), ((-200, -1), "ended")], ids=["before its start", "after its end"]
)
def test_outside_of_its_window_nothing_is_held(
    anna: Caller, sale: dict[str, Any], sql: Any, times: tuple[int, int], status: str
) -> None:
    start, end = (after(seconds) for seconds in times)
    sql.execute("UPDATE promos SET starts_at = %s, ends_at = %s", [start, end])
    assert_problem(hold(anna, sale["id"]), 409, "promo_not_running", promo_status=status)


def test_a_draft_and_a_paused_promo_hold_nothing(anna: Caller, operator: Caller, sale: dict[str, Any]) -> None:
    draft = drafted(operator).json
    assert_problem(hold(anna, draft["id"]), 409, "promo_not_running", promo_status="draft")
    assert operator.post(f"{PROMOS}/{sale['id']}/pause").status_code == 200
    assert_problem(hold(anna, sale["id"]), 409, "promo_not_running", promo_status="paused")
    assert_problem(hold(anna, 999_999), 404, "promo_not_found")


def test_staff_hold_for_a_customer_and_not_for_themselves(anna: Caller, operator: Caller, sale: dict[str, Any]) -> None:
    assert_problem(hold(operator, sale["id"]), 404, "customer_not_found")
    answer = operator.post(HOLDS, json={"promo_id": sale["id"], "customer_id": anna.user_id})
    assert answer.json["customer_id"] == anna.user_id


def test_nobody_holds_for_a_customer_who_was_deleted_and_what_they_held_is_free(
    anna: Caller, bert: Caller, operator: Caller, sale: dict[str, Any]
) -> None:
    assert hold(anna, sale["id"]).status_code == 201
    assert operator.delete(f"/api/v1/customers/{anna.user_id}").status_code == 204
    wish = {"promo_id": sale["id"], "customer_id": anna.user_id}
    assert_problem(operator.post(HOLDS, json=wish), 404, "customer_not_found")
    place = f"{PROMOS}/{sale['id']}/eligibility?customer_id={anna.user_id}"
    assert_problem(operator.get(place), 404, "customer_not_found")
    assert operator.get(f"{PROMOS}/eligible?customer_id={anna.user_id}").json["data"] == []
    assert hold(bert, sale["id"]).status_code == 201


def test_three_lapsed_holds_cost_a_pause_of_five_minutes(anna: Caller, sale: dict[str, Any], sql: Any) -> None:
    for _ in range(3):
        assert hold(anna, sale["id"]).status_code == 201
        sql.execute(LAPSE)
    answer = hold(anna, sale["id"])
    assert_problem(answer, 429, "hold_cooldown", lapsed=3)
    assert 295 <= int(answer.headers["Retry-After"]) <= 300
    sql.execute("UPDATE promo_holds SET expires_at = expires_at - interval '300 s'")
    assert hold(anna, sale["id"]).status_code == 201


def test_what_others_hold_is_told_before_ones_own_pause(
    anna: Caller, bert: Caller, sale: dict[str, Any], sql: Any
) -> None:
    for _ in range(3):
        assert hold(anna, sale["id"]).status_code == 201
        sql.execute(LAPSE)
    assert hold(bert, sale["id"]).status_code == 201
    assert_problem(hold(anna, sale["id"]), 409, "held_by_others")
    sql.execute(LAPSE)
    assert_problem(hold(anna, sale["id"]), 429, "hold_cooldown")


def test_a_hold_lasts_its_minute_past_a_pause_and_past_the_end(
    anna: Caller, bert: Caller, operator: Caller, app: HoldfastApp
) -> None:
    sale = promo(operator, quantity=2, per_customer_limit=2)
    one, two = hold(anna, sale["id"]), hold(bert, sale["id"])
    operator.post(f"{PROMOS}/{sale['id']}/pause")
    assert complete(anna, one).status_code == 200
    operator.post(f"{PROMOS}/{sale['id']}/end")
    assert complete(bert, two).status_code == 200
    assert state(operator, sale["id"]) == ("ended", 0, 2, 0)
    assert breaches(app) == []


def test_an_idempotency_key_holds_once_and_answers_alike(anna: Caller, operator: Caller) -> None:
    sale = promo(operator, quantity=5)
    headers = {"Idempotency-Key": "one-try"}
    first, again = hold(anna, sale["id"], headers=headers), hold(anna, sale["id"], headers=headers)
    assert (first.status_code, first.json) == (201, again.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    bought = [complete(anna, first, headers={"Idempotency-Key": "buy"}) for _ in range(2)]
    assert bought[0].json == bought[1].json
    assert state(operator, sale["id"])[1:] == (0, 1, 4)


def test_one_customer_in_parallel_gets_one_unit(anna: Caller, operator: Caller, app: HoldfastApp) -> None:
    sale = promo(operator, quantity=8, per_customer_limit=8)
    answers = at_once(app, 8, lambda _: hold(anna, sale["id"]))
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(made) == 1
    told = {answer.json.get("reservation_id") for answer in answers if answer.status_code == 409}
    assert told == {made[0].json["id"]}
    assert breaches(app) == []


def test_the_holds_of_others_do_not_exist(anna: Caller, bert: Caller, operator: Caller, sale: dict[str, Any]) -> None:
    mine = hold(anna, sale["id"])
    assert_problem(bert.get(f"{HOLDS}/{mine.json['id']}"), 404, "promo_reservation_not_found")
    assert bert.get(HOLDS).json["data"] == []
    assert [row["id"] for row in operator.get(f"{HOLDS}?promo_id={sale['id']}").json["data"]] == [mine.json["id"]]
    assert anna.get(f"{HOLDS}?status=held").json["data"][0]["id"] == mine.json["id"]
    assert anna.get(f"{HOLDS}?status=completed").json["data"] == []


def test_refusals_are_counted_for_each_promo_minute_and_code(
    anna: Caller, bert: Caller, sale: dict[str, Any], sql: Any, app: HoldfastApp
) -> None:
    hold(anna, sale["id"])
    for _ in range(3):
        hold(bert, sale["id"])
        refusals.TALLY.flush(app)
    sql.execute("SELECT code, sum(refusals) FROM promo_refusals WHERE promo_id = %s GROUP BY code", [sale["id"]])
    assert sql.fetchall() == [("held_by_others", 3)]
