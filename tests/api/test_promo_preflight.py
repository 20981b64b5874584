"""What stands in the way of a promo is told before it is activated; a blocker is what would be refused."""

from typing import Any

import pytest

from tests.api.console_promos import at
from tests.api.made import PRODUCTS, STORES, product
from tests.api.made_customers import customer, segment
from tests.api.made_promos import PROMOS, after, drafted, promo
from tests.api.problem import assert_problem
from tests.callers import Caller


def checked(staff: Caller, made: Any) -> dict[str, Any]:
    """Every check of a promo that did not pass, by its code."""
    answer = staff.get(f"{PROMOS}/{made['id']}/preflight")
    assert answer.status_code == 200, answer.text
    found = {check["check"]: check for check in answer.json["checks"] if check["result"] != "ok"}
    blocked = any(check["result"] == "blocker" for check in found.values())
    assert answer.json["ready"] is not blocked
    return found


def activated(staff: Caller, made: Any) -> Any:
    """The answer to the activation."""
    return staff.post(f"{PROMOS}/{made['id']}/activate")


def blockers(found: dict[str, Any]) -> dict[str, Any]:
    """The figures of the blockers."""
    return {name: check["figures"] for name, check in found.items() if check["result"] == "blocker"}


@pytest.fixture
def later() -> dict[str, str]:
    """A window of tomorrow."""
    return {"starts_at": after(86_400), "ends_at": after(90_000)}


def test_a_sound_draft_is_ready_and_can_be_activated(staff: Caller, later: dict[str, str]) -> None:
    made = drafted(staff, **later).json
    assert blockers(checked(staff, made)) == {}
    assert activated(staff, made).status_code == 200


def test_too_little_stock_blocks(staff: Caller, tea: int, later: dict[str, str]) -> None:
    made = drafted(staff, product_id=tea, quantity=6, **later).json
    assert blockers(checked(staff, made)) == {"insufficient_stock": {"quantity": 6, "available": 5}}
    assert_problem(activated(staff, made), 409, "insufficient_stock")


def test_another_promo_at_that_time_blocks_and_is_named(staff: Caller, tea: int, later: dict[str, str]) -> None:
    other = promo(staff, product_id=tea, **later)
    made = drafted(staff, product_id=tea, **later).json
    assert blockers(checked(staff, made)) == {"promo_overlaps": {"promo_ids": [other["id"]]}}
    assert_problem(activated(staff, made), 409, "promo_overlaps")
    staff.post(f"{PROMOS}/{other['id']}/end")
    assert blockers(checked(staff, made)) == {}


def test_a_product_or_store_that_is_off_sale_blocks(staff: Caller, later: dict[str, str]) -> None:
    item = product(staff)
    made = drafted(staff, product_id=item["id"], **later).json
    staff.patch(f"{PRODUCTS}/{item['id']}", json={"is_active": False})
    staff.patch(f"{STORES}/{item['store_id']}", json={"is_active": False})
    found = blockers(checked(staff, made))
    assert found == {"product_inactive": {"product_id": item["id"]}, "store_inactive": {"store_id": item["store_id"]}}
    assert_problem(activated(staff, made), 409, "promo_not_activatable")


def test_a_price_that_is_not_below_blocks(staff: Caller, tea: int, later: dict[str, str]) -> None:
    made = drafted(staff, product_id=tea, **later).json
    staff.patch(f"{PRODUCTS}/{tea}", json={"price": "9.90"})
    assert blockers(checked(staff, made)) == {"price_not_below": {"price": "9.90", "promo_price": "9.90"}}
    assert_problem(activated(staff, made), 422, "promo_price_not_below")


def test_a_window_that_is_over_blocks(staff: Caller, sql: Any) -> None:
    made = drafted(staff).json
    sql.execute("UPDATE promos SET starts_at = starts_at - interval '1 d', ends_at = ends_at - interval '1 d'")
    assert list(blockers(checked(staff, made))) == ["window_over"]
    assert_problem(activated(staff, made), 422, "promo_window_over")


def test_an_audience_of_nobody_warns_and_an_empty_segment_is_named(staff: Caller, later: dict[str, str]) -> None:
    group = segment(staff)["id"]
    made = drafted(staff, audience="segments", segment_ids=[group], **later).json
    found = checked(staff, made)
    assert found["audience_empty"]["figures"] == {"customers": 0}
    assert found["segment_empty"]["figures"] == {"segment_ids": [group]}
    assert {check["result"] for check in found.values()} == {"warning"}
    customer(staff, username="ada", segment_ids=[group])
    assert not {"audience_empty", "segment_empty"} & checked(staff, made).keys()


def test_customers_whom_no_channel_reaches_are_told(staff: Caller, later: dict[str, str]) -> None:
    customer(staff, in_app_opt_in=False, email_opt_in=False)
    made = drafted(staff, **later).json
    assert checked(staff, made)["nobody_reachable"]["figures"] == {"in_app": 0, "email": 0}


def test_machinery_that_would_tell_nobody_warns(staff: Caller, sql: Any, later: dict[str, str]) -> None:
    made = drafted(staff, **later).json
    assert {"no_worker", "mail_untested"} <= checked(staff, made).keys()
    mail = "INSERT INTO emails (key, template, recipient, subject, html, text, message_id, state, sent_at)"
    sql.execute(f"{mail} VALUES ('k', 't', 'a@b.example', 's', 'h', 't', 'm', 'sent', clock_timestamp())")
    assert "mail_untested" not in checked(staff, made)
    sql.execute("UPDATE emails SET state = 'failed', sent_at = NULL")
    assert checked(staff, made)["mail_failing"]["figures"] == {"failed": 1}


@pytest.mark.parametrize(("seconds", "warned"), [(-5, True), (30, True), (120, False)])
def test_a_start_within_a_minute_warns(staff: Caller, seconds: int, warned: bool) -> None:
    made = drafted(staff, starts_at=after(seconds)).json
    assert ("starts_soon" in checked(staff, made)) is warned


def test_an_activated_promo_is_not_asked_for_what_it_has(staff: Caller, tea: int, later: dict[str, str]) -> None:
    made = promo(staff, product_id=tea, quantity=5, **later)
    assert blockers(checked(staff, made)) == {}


def test_the_page_says_the_same_as_the_api(staff: Caller, tea: int, later: dict[str, str]) -> None:
    made = drafted(staff, product_id=tea, quantity=6, **later).json
    text = staff.client.get(at(made, "/preflight")).text
    assert "1 thing blocks it" in text
    assert "6 wanted, 5 available." in text


def test_customers_and_strangers_are_not_told(staff: Caller, anna: Caller, later: dict[str, str]) -> None:
    made = drafted(staff, **later).json
    assert anna.get(f"{PROMOS}/{made['id']}/preflight").status_code == 403
    assert_problem(staff.get(f"{PROMOS}/999999/preflight"), 404, "promo_not_found")
