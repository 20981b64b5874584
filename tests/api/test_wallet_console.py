"""The wallet in the console: what a customer has, and money by hand: asked about first, moved once for each form."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.ids import uuid7
from app.core.web import HoldfastApp
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.console_orders import HTMX, flashed, sent
from tests.api.letters import told
from tests.api.made_wallet import balance, deposit, rich, wrong_books
from tests.api.parallel import at_once
from tests.callers import Caller


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


def wallet(customer: Caller) -> str:
    """The page of a customer's wallet."""
    return f"/console/customers/{customer.user_id}/wallet"


def form_of(client: FlaskClient, path: str, **typed: str) -> dict[str, str]:
    """A form that was just opened, with this typed into it."""
    asked = re.search(r'name="asked"\s+value="([^"]+)"', client.get(path).text)
    assert asked
    return {"amount": "20", "note": "cash"} | typed | {"asked": asked[1]}


def movements(app: HoldfastApp) -> list[tuple[str, str, str]]:
    """What was audited of accounts."""
    rows = told(app, "SELECT action, actor_name, source FROM audit_log WHERE object_type = 'customer' ORDER BY id")
    return [tuple(row) for row in rows]


def test_the_page_of_a_customer_has_the_wallet_and_its_lines(staff: Caller, anna: Caller) -> None:
    page = f"/console/customers/{anna.user_id}"
    assert f'hx-get="{wallet(anna)}"' in staff.client.get(page).text
    assert "No movement yet" in staff.client.get(wallet(anna)).text
    deposit(staff, anna.user_id, "12.34", "<img src=x onerror=alert(1)>")
    part = staff.client.get(wallet(anna), headers=HTMX).text
    assert "<html" not in part
    for words in ("€12.34", "+€12.34", "Deposit", "operator", "&lt;img src=x"):
        assert words in part, words
    assert "<img" not in part


def test_the_statement_is_read_page_by_page(staff: Caller, anna: Caller) -> None:
    for amount in range(1, 13):
        deposit(staff, anna.user_id, amount)
    first = staff.client.get(wallet(anna)).text
    following = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert following
    assert (first.count("<tr>"), "+€12.00" in first, "+€2.00" in first) == (11, True, False)
    second = staff.client.get(following[1].replace("&amp;", "&")).text
    assert re.findall(r"\+€\d\.00", second) == ["+€2.00", "+€1.00"]
    assert staff.client.get(f"{wallet(anna)}?cursor=x").status_code == 400


def test_a_deposit_is_asked_about_and_made_once_for_each_form(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    path = f"{wallet(anna)}/deposit"
    form = form_of(staff.client, path)
    question = sent(staff.client, path, **form)
    assert (question.status_code, "Put €20.00 into the account of anna?" in question.text) == (200, True)
    assert balance(anna) == "0.00"
    for _ in range(2):
        answer = sent(staff.client, path, **form, confirmed="true")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/customers/{anna.user_id}")
        assert flashed(staff.client) == "€20.00 was put into the account of anna."
        assert balance(anna) == "20.00"
    assert movements(app) == [("account.deposit", "operator", "console")]


def test_a_form_that_moved_money_moves_no_other(staff: Caller, anna: Caller, bert: Caller) -> None:
    form = form_of(staff.client, f"{wallet(anna)}/deposit")
    sent(staff.client, f"{wallet(anna)}/deposit", **form, confirmed="true")
    for customer, change in ((anna, {"amount": "30"}), (anna, {"note": "other"}), (bert, {})):
        answer = sent(staff.client, f"{wallet(customer)}/deposit", **form | change, confirmed="true")
        assert (answer.status_code, "This form moved money already" in answer.text) == (422, True)
    assert (balance(anna), balance(bert)) == ("20.00", "0.00")


@pytest.mark.parametrize("kind", ["deposit", "payout"])
def test_of_one_form_that_is_sent_many_times_at_once_one_moves_money(
    app: HoldfastApp, staff: Caller, anna: Caller, as_role: AsRole, kind: str
) -> None:
    rich(staff, anna, "100.00")
    form = {"amount": "20", "note": "cash", "asked": str(uuid7()), "confirmed": "true"}
    clients = [as_role("operator", f"operator {number}").client for number in range(4)]
    answers = at_once(app, 4, lambda number: sent(clients[number], f"{wallet(anna)}/{kind}", **form).status_code)
    assert set(answers) <= {303, 422, 503}
    assert 303 in answers
    assert balance(anna) == {"deposit": "120.00", "payout": "80.00"}[kind]
    assert len(movements(app)) == 2


def test_a_payout_takes_what_is_there_and_no_more(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    path = f"{wallet(anna)}/payout"
    assert path not in staff.client.get(wallet(anna)).text
    rich(staff, anna, "20.00")
    assert path in staff.client.get(wallet(anna)).text
    form = form_of(staff.client, path, amount="20,01")
    for confirmed in ({}, {"confirmed": "true"}):
        answer = sent(staff.client, path, **form, **confirmed)
        assert (answer.status_code, "The account has 20.00; 20.01 are needed." in answer.text) == (422, True)
    form = form_of(staff.client, path, amount="20.00")
    assert "Take €20.00 out of the account of anna?" in sent(staff.client, path, **form).text
    for _ in range(2):
        assert sent(staff.client, path, **form, confirmed="true").status_code == 303
    assert flashed(staff.client) == "€20.00 was taken out of the account of anna."
    assert balance(anna) == "0.00"
    assert [action for action, *_ in movements(app)] == ["account.deposit", "account.payout"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"amount": "0", "note": "x"}, "Must be greater than or equal to 0.01."),
        ({"amount": "x", "note": "x"}, "Write an amount such as"),
        ({"amount": "1", "note": " "}, "Fill this in."),
        ({"amount": "1", "note": "x" * 201}, "Length must be between 1 and 200."),
        ({"amount": "9999999999.99", "note": "x"}, "A value is outside what can be stored"),
        ({"amount": "1", "note": "x", "asked": "x"}, "Not a valid UUID."),
    ],
)
def test_what_cannot_be_put_in_is_told_at_its_field(
    staff: Caller, anna: Caller, form: dict[str, str], words: str
) -> None:
    rich(staff, anna)
    values = {"asked": str(uuid7())} | form
    answer = sent(staff.client, f"{wallet(anna)}/deposit", **values, confirmed="true")
    assert answer.status_code == 422
    assert words in answer.text, re.findall(r"field-error.*", answer.text)
    assert balance(anna) == "50.00"


def test_a_viewer_reads_and_moves_nothing(as_role: AsRole, staff: Caller, anna: Caller) -> None:
    rich(staff, anna)
    viewer = as_role("viewer").client
    text = viewer.get(wallet(anna)).text
    assert "€50.00" in text
    assert ("/deposit" in text, "/payout" in text) == (False, False)
    for kind in ("deposit", "payout"):
        assert viewer.get(f"{wallet(anna)}/{kind}").status_code == 403
        token = csrf_token(viewer, "/console/")
        assert viewer.post(f"{wallet(anna)}/{kind}", data={"csrf_token": token}).status_code == 403
    assert balance(anna) == "50.00"


def test_who_is_deleted_or_never_was_gets_no_money(staff: Caller, anna: Caller) -> None:
    form = {"amount": "1", "note": "x", "asked": str(uuid7()), "confirmed": "true"}
    sent(staff.client, f"/console/customers/{anna.user_id}/anonymise")
    assert "/deposit" not in staff.client.get(wallet(anna)).text
    assert sent(staff.client, f"{wallet(anna)}/deposit", **form).status_code == 404
    for nobody in (staff.user_id, 999_999):
        assert staff.client.get(f"/console/customers/{nobody}/wallet").status_code == 404
        assert sent(staff.client, f"/console/customers/{nobody}/wallet/deposit", **form).status_code == 404
