"""Accounts, deposits, payouts, the statement and the books."""

from typing import Any

import psycopg2
import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.interleaved import interleaved
from tests.api.letters import told
from tests.api.made_customers import CUSTOMERS
from tests.api.made_wallet import ACCOUNT, ENTRIES, balance, deposit, payout, rich, wrong_books
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "cli"}'
MOVE = "SELECT (wallet_move(%s, %s, %s, %s, 'EUR', '', %s)).id"


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app, ("ledger.",)) == []


def test_who_never_had_money_has_nothing(anna: Caller) -> None:
    assert anna.get(ACCOUNT).json == {
        "customer_id": anna.user_id,
        "balance": "0.00",
        "currency": "EUR",
        "version": 0,
        "updated_at": None,
    }
    assert anna.get(ENTRIES).json == {"data": [], "next_cursor": None}
    assert anna.get("/api/v1/auth/profile").json["balance"] == "0.00"


def test_a_deposit_is_an_entry_of_the_statement_and_audited(staff: Caller, anna: Caller, app: HoldfastApp) -> None:
    made = deposit(staff, anna.user_id, "12.34", "cash at the counter")
    assert made.status_code == 201, made.text
    assert made.json | {"kind": "deposit", "amount": "12.34", "balance_after": "12.34", "version": 1} == made.json
    deposit(staff, anna.user_id, 5)
    lines = anna.get(ENTRIES).json["data"]
    assert [(line["amount"], line["balance_after"], line["version"]) for line in lines] == [
        ("5.00", "17.34", 2),
        ("12.34", "12.34", 1),
    ]
    assert lines[1] == made.json
    assert balance(anna) == "17.34"
    assert anna.get("/api/v1/auth/profile").json["balance"] == "17.34"
    audited = told(app, "SELECT new ->> 'amount', actor_id FROM audit_log WHERE action = 'account.deposit' ORDER BY id")
    assert [tuple(row) for row in audited] == [("12.34", staff.user_id), ("5.00", staff.user_id)]


def test_staff_have_no_balance_and_name_whose_they_want_to_see(staff: Caller, anna: Caller) -> None:
    assert staff.get("/api/v1/auth/profile").json["balance"] is None
    assert_problem(staff.get(ACCOUNT), 422, "validation_failed")
    assert_problem(staff.get(ENTRIES), 422, "validation_failed")
    rich(staff, anna)
    assert staff.get(f"{ACCOUNT}?customer_id={anna.user_id}").json["balance"] == "50.00"
    assert len(staff.get(f"{ENTRIES}?customer_id={anna.user_id}").json["data"]) == 1


def test_a_customer_sees_only_their_own(staff: Caller, anna: Caller, bert: Caller) -> None:
    rich(staff, anna)
    assert bert.get(f"{ACCOUNT}?customer_id={anna.user_id}").json["balance"] == "0.00"
    assert bert.get(f"{ENTRIES}?customer_id={anna.user_id}").json["data"] == []


def test_the_balance_in_the_profile_is_never_an_old_one(staff: Caller, anna: Caller) -> None:
    seen = anna.get("/api/v1/auth/profile")
    rich(staff, anna)
    again = anna.get("/api/v1/auth/profile", headers={"If-None-Match": seen.headers["ETag"]})
    assert (again.status_code, again.json["balance"]) == (200, "50.00")


def test_the_statement_is_read_page_by_page(staff: Caller, anna: Caller) -> None:
    for amount in range(1, 6):
        deposit(staff, anna.user_id, amount)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = anna.get(f"{ENTRIES}?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        seen += [line["amount"] for line in page["data"]]
        cursor = page["next_cursor"]
    assert seen == ["5.00", "4.00", "3.00", "2.00", "1.00"]


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "0.001", "x", None, True, "NaN", "99999999999"])
def test_an_amount_is_at_least_a_cent(staff: Caller, anna: Caller, amount: Any) -> None:
    assert_problem(deposit(staff, anna.user_id, amount), 422, "validation_failed")
    assert balance(anna) == "0.00"


def test_an_account_that_overflows_is_refused(staff: Caller, anna: Caller) -> None:
    rich(staff, anna, "9999999999.99")
    assert_problem(deposit(staff, anna.user_id, "0.01"), 422)
    assert balance(anna) == "9999999999.99"


def test_only_operators_put_money_in(as_role: AsRole, anna: Caller) -> None:
    for role in ("viewer", "customer"):
        assert_problem(deposit(as_role(role), anna.user_id), 403, "not_permitted")


def test_staff_and_nobody_have_no_account(staff: Caller) -> None:
    for user_id in (staff.user_id, 999_999):
        assert_problem(deposit(staff, user_id), 404, "account_not_found")
        assert_problem(staff.get(f"{ACCOUNT}?customer_id={user_id}"), 404, "account_not_found")


def test_a_deposit_that_is_sent_twice_under_one_key_is_one(staff: Caller, anna: Caller) -> None:
    key = {"Idempotency-Key": "the-same"}
    first = deposit(staff, anna.user_id, headers=key)
    again = deposit(staff, anna.user_id, headers=key)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert balance(anna) == "50.00"


def test_a_payout_takes_no_more_than_there_is(staff: Caller, anna: Caller) -> None:
    assert_problem(payout(staff, anna.user_id, "1.00"), 409, "insufficient_balance", balance="0.00", needed="1.00")
    rich(staff, anna)
    refused = payout(staff, anna.user_id, "50.01")
    assert_problem(refused, 409, "insufficient_balance", balance="50.00", needed="50.01")
    assert payout(staff, anna.user_id, "50.00").json["amount"] == "-50.00"
    assert balance(anna) == "0.00"


def test_many_at_once_leave_no_gap(staff: Caller, anna: Caller, app: HoldfastApp) -> None:
    answers = at_once(app, 8, lambda _: deposit(staff, anna.user_id, "1.00").status_code)
    assert answers == [201] * 8
    assert balance(anna) == "8.00"


def test_an_account_that_is_kept_in_another_currency_is_left_alone(staff: Caller, anna: Caller, sql: Any) -> None:
    rich(staff, anna)
    sql.execute("SELECT wallet_move('deposit', 'deposit:x', %s, 1, 'EUR', '', %s)", [anna.user_id, WHO])
    with pytest.raises(psycopg2.Error, match="other_currency"):
        sql.execute("SELECT wallet_move('deposit', 'deposit:y', %s, 1, 'USD', '', %s)", [anna.user_id, WHO])
    with pytest.raises(psycopg2.Error, match="other_currency"):
        sql.execute("SELECT wallet_move('debit', 'activation:y', %s, 1, 'USD', '', %s)", [anna.user_id, WHO])


@pytest.mark.parametrize("table", ["transfers", "entries"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_ledger_only_grows(staff: Caller, anna: Caller, sql: Any, table: str, change: str) -> None:
    rich(staff, anna)
    with pytest.raises(psycopg2.Error, match="ledger_append_only"):
        sql.execute(change.format(table))


def test_entries_that_do_not_sum_to_zero_are_refused(staff: Caller, anna: Caller, sql: Any) -> None:
    rich(staff, anna)
    one_side = (
        "INSERT INTO entries (transfer_id, account, amount, currency) SELECT id, 'revenue', 1, 'EUR' FROM transfers"
    )
    with pytest.raises(psycopg2.Error, match="transfer_unbalanced"):
        sql.execute(one_side)


@pytest.mark.parametrize("ends", [("settle", "refund"), ("refund", "settle"), ("refund", "refund")])
def test_a_debit_has_one_end(staff: Caller, anna: Caller, db_url: str, sql: Any, ends: tuple[str, str]) -> None:
    rich(staff, anna)
    first, second = ends
    facts: list[Any] = ["activation:1", anna.user_id, 5, WHO]
    sql.execute(MOVE, ["debit", *facts])
    told_second = interleaved(db_url, (MOVE, [first, *facts]), (MOVE, [second, *facts]))
    assert "duplicate key value" in told_second


def test_two_debits_take_no_more_than_there_is(staff: Caller, anna: Caller, db_url: str, sql: Any) -> None:
    rich(staff, anna, "9.00")
    one, two = (["debit", f"activation:{n}", anna.user_id, 5, WHO] for n in (1, 2))
    assert interleaved(db_url, (MOVE, one), (MOVE, two)) == "insufficient_balance"
    assert balance(anna) == "4.00"


def test_a_customer_with_money_left_is_not_deleted(staff: Caller, anna: Caller) -> None:
    rich(staff, anna)
    where = f"{CUSTOMERS}/{anna.user_id}"
    assert_problem(staff.delete(where), 409, "money_left", balance="50.00")
    payout(staff, anna.user_id, "50.00")
    assert staff.delete(where).status_code == 204
    assert_problem(deposit(staff, anna.user_id), 404, "account_not_found")


def test_no_deposit_arrives_while_a_customer_is_deleted(anna: Caller, db_url: str) -> None:
    gone = "UPDATE users SET email = 'deleted-1@deleted.invalid', is_active = false WHERE id = %s"
    put_in = "SELECT id FROM wallet_by_hand('deposit', gen_random_uuid(), %s, 1, 'EUR', '', %s)"
    assert interleaved(db_url, (gone, [anna.user_id]), (put_in, [anna.user_id, WHO])) == "account_not_found"


def test_the_books_can_be_checked(staff: Caller, anna: Caller, app: HoldfastApp, sql: Any) -> None:
    rich(staff, anna)
    checked = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert checked.exit_code == 0, checked.output
    assert "customer                   €50.00  1 entries" in checked.output
    sql.execute("UPDATE accounts SET balance = balance + 1")
    checked = app.test_cli_runner().invoke(args=["ledger", "check"])
    assert (checked.exit_code, "BROKEN  ledger.balance" in checked.output) == (1, True)
    sql.execute("UPDATE accounts SET balance = balance - 1")
