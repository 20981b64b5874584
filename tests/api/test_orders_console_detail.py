"""One order in the console: only legal steps, how it stands for whoever comes second, and money that moves once."""

import re
from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.orders import rules
from tests.api.conftest import AsRole
from tests.api.console_orders import HTMX, PAGE, at, flashed, four_orders, refunded, sent
from tests.api.made_orders import ORDERS, brought_to, placed
from tests.api.worked import work_off
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def four(staff: Caller, anna: Caller, bert: Caller, tea: int, sql: Any) -> dict[str, Any]:
    return four_orders(staff, anna, bert, tea, sql)


def test_the_page_of_an_order_tells_everything(
    app: HoldfastApp, anna: Caller, staff: Caller, tea: int, four: dict[str, Any]
) -> None:
    order = four["paid"]
    staff.post(f"{ORDERS}/{order['id']}/refunds", json={"amount": "10.00", "reason": "<b>dented</b>"})
    staff.post(f"{ORDERS}/{order['id']}/notes", json={"text": "Calls <i>Monday</i>"})
    work_off(app)
    text = staff.client.get(at(order)).text
    for words in (
        order["reference"], "anna@example.test", "€50.00", "By hand: cash", "&lt;b&gt;dented&lt;/b&gt;", "Paid back",
        "Calls &lt;i&gt;Monday&lt;/i&gt;", f"We have your order {order['reference']}", "Partly refunded", "Send again",
        "Start packing", "Cancel order", "See it in the audit log",
    ):  # fmt: skip
        assert words in text, words
    assert "<b>dented" not in text


@pytest.mark.parametrize("status", rules.STATUSES)
def test_only_what_the_table_allows_is_offered(anna: Caller, staff: Caller, tea: int, status: str) -> None:
    order = placed(anna, (tea, 1)).json
    brought_to(staff, order, status)
    text = staff.client.get(at(order)).text
    offered = set(re.findall(r'name="status"\s+value="(\w+)"', text))
    assert offered == set(rules.BY_HAND[status])
    assert ("Record payment" in text) == (status == "PENDING")


def test_a_viewer_reads_and_changes_nothing(as_role: AsRole, four: dict[str, Any]) -> None:
    viewer = as_role("viewer").client
    text = viewer.get(PAGE).text + viewer.get(at(four["paid"])).text
    words = ('name="row"', "Start packing", "Cancel order", "Refund</a>", "Add note", "Send again")
    assert [word in text for word in words] == [False] * 6
    for path in ("payment", "refund"):
        assert viewer.get(f"{at(four['paid'])}/{path}").status_code == 403
    assert viewer.get(f"{PAGE}/0199b1f0-0000-7000-8000-000000000000").status_code == 404


def test_an_order_goes_on_step_by_step(staff: Caller, four: dict[str, Any]) -> None:
    order = four["paid"]
    for status in ("PROCESSING", "SHIPPED", "DELIVERED"):
        answer = sent(staff.client, f"{at(order)}/move", headers=HTMX, status=status)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at(order))
        assert staff.get(f"{ORDERS}/{order['id']}").json["status"] == status
    assert f"{order['reference']} is delivered." in staff.client.get(at(order)).text


def test_whoever_comes_second_sees_how_it_stands(staff: Caller, four: dict[str, Any]) -> None:
    order = four["packed"]
    assert sent(staff.client, f"{at(order)}/move", status="CANCELLED").status_code == 303
    told = flashed(staff.client, at(order))
    assert told == (
        "The order is PROCESSING; it cannot become CANCELLED. Nothing was changed; it is packing and paid now."
    )
    assert staff.get(f"{ORDERS}/{order['id']}").json["status"] == "PROCESSING"
    sent(staff.client, f"{at(order)}/move", status="nonsense")
    assert "cannot become PENDING" in flashed(staff.client, at(order))


def test_a_payment_by_hand_is_the_whole_total(staff: Caller, four: dict[str, Any]) -> None:
    order = four["new"]
    assert 'value="19.90"' in staff.client.get(f"{at(order)}/payment").text
    for form, told in (
        ({"amount": "19.89", "note": "cash"}, "The order costs 19.90; 19.89 were recorded."),
        ({"amount": "", "note": "cash"}, "Fill this in."),
        ({"amount": "x", "note": "cash"}, "Write an amount such as"),
        ({"amount": "19.90", "note": " "}, "Fill this in."),
    ):
        answer = sent(staff.client, f"{at(order)}/payment", **form)
        assert (answer.status_code, told in answer.text) == (422, True), told
    assert sent(staff.client, f"{at(order)}/payment", amount="19,90", note="cash").status_code == 303
    assert flashed(staff.client, at(order)) == f"{order['reference']} is paid."
    sent(staff.client, f"{at(order)}/payment", amount="19.90", note="cash")
    assert "it is confirmed and paid now" in flashed(staff.client, at(order))


def test_cancelling_says_what_goes_back(staff: Caller, four: dict[str, Any], tea: int) -> None:
    text = " ".join(staff.client.get(at(four["paid"])).text.split())
    assert "1 unit goes back on sale. <strong>€50.00</strong> is paid back." in text
    assert "Nothing was paid" in staff.client.get(at(four["new"])).text
    sent(staff.client, f"{at(four['paid'])}/move", status="CANCELLED")
    now = staff.get(f"{ORDERS}/{four['paid']['id']}").json
    assert (now["status"], now["refunded"]) == ("CANCELLED", "50.00")


def test_a_refund_is_asked_about_and_promised_once_for_each_form(staff: Caller, four: dict[str, Any]) -> None:
    order = four["paid"]
    page = staff.client.get(f"{at(order)}/refund").text
    asked = re.search(r'name="asked"\s+value="([^"]+)"', page)
    assert asked
    assert 'value="50.00"' in page
    form = {"amount": "20", "reason": "dented", "asked": asked[1]}
    question = sent(staff.client, f"{at(order)}/refund", **form)
    assert question.status_code == 200
    assert "Pay €20.00 back to anna?" in question.text
    assert refunded(staff, order) == "0.00"
    for _ in range(2):
        assert sent(staff.client, f"{at(order)}/refund", **form, confirmed="true").status_code == 303
        assert flashed(staff.client, at(order)) == "The refund is promised."
        assert refunded(staff, order) == "20.00"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"amount": "50.01", "reason": "x"}, "50.01 were asked for; 50.00 can be paid back."),
        ({"amount": "0", "reason": "x"}, "Must be greater than or equal to 0.01."),
        ({"amount": "1", "reason": ""}, "Fill this in."),
    ],
)
def test_a_refund_that_cannot_be_is_told_at_its_field(
    staff: Caller, four: dict[str, Any], form: dict[str, str], told: str
) -> None:
    asked = "0199b1f0-0000-7000-8000-000000000001"
    answer = sent(staff.client, f"{at(four['paid'])}/refund", **form, asked=asked, confirmed="true")
    assert (answer.status_code, told in answer.text) == (422, True)
    assert refunded(staff, four["paid"]) == "0.00"


def test_a_mail_of_another_order_is_not_sent_again_from_here(
    app: HoldfastApp, staff: Caller, four: dict[str, Any], sql: Any
) -> None:
    work_off(app)
    sql.execute("SELECT id FROM emails WHERE key = %s", [f"order:{four['paid']['id']}:paid"])
    [(email,)] = sql.fetchall()
    sent(staff.client, f"{at(four['new'])}/mails/{email}/resend")
    assert "There is no mail" in flashed(staff.client, at(four["new"]))
    sent(staff.client, f"{at(four['paid'])}/mails/{email}/resend")
    sql.execute("SELECT count(*) FROM emails WHERE resend_of = %s", [email])
    assert sql.fetchone() == (1,)
    assert staff.client.get(at(four["paid"])).text.count('/resend"') == 2 * 3


def test_a_note_is_kept_and_an_empty_one_is_not(staff: Caller, four: dict[str, Any]) -> None:
    order = four["paid"]
    sent(staff.client, f"{at(order)}/notes", text="")
    assert flashed(staff.client, at(order)) == "The note was not kept. Fill this in."
    sent(staff.client, f"{at(order)}/notes", text="Ring twice.")
    assert [note["text"] for note in staff.get(f"{ORDERS}/{order['id']}/notes").json] == ["Ring twice."]
