"""Money by hand: put into an account or paid out, asked about before it is moved, and moved once for each form."""

from typing import Any

from flask import Response, current_app, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, ValueOutOfRange
from app.core.ids import uuid7
from app.core.roles import Role
from app.core.web import settings_of
from app.wallet import queries
from app.wallet.console.pages import blp
from app.wallet.console.presentation import DEPOSIT, PAYOUT, Movement, shown
from app.wallet.errors import InsufficientBalance, MovementMade, OtherCurrency
from app.wallet.schemas import MovementForm
from app.wallet.service import accounts

AT: dict[type[AppError], str] = dict.fromkeys(
    (InsufficientBalance, MovementMade, OtherCurrency, ValueOutOfRange), "amount"
)
ACTS = {DEPOSIT: accounts.deposit, PAYOUT: accounts.pay_out}


@blp.get("/deposit")
@requires(Role.OPERATOR)
def deposit(customer_id: int) -> Response:
    """An empty form for money that came in."""
    return _empty(DEPOSIT, customer_id)


@blp.post("/deposit")
@requires(Role.OPERATOR)
def put_in(customer_id: int) -> AnyResponse:
    """Ask once more, naming the amount and the customer; then put the money in."""
    return _asked(DEPOSIT, customer_id)


@blp.get("/payout")
@requires(Role.OPERATOR)
def payout(customer_id: int) -> Response:
    """An empty form for money that went out."""
    return _empty(PAYOUT, customer_id)


@blp.post("/payout")
@requires(Role.OPERATOR)
def pay_out(customer_id: int) -> AnyResponse:
    """Ask once more, naming the amount and the customer; then take the money out."""
    return _asked(PAYOUT, customer_id)


def _empty(movement: Movement, customer_id: int) -> Response:
    return _form(movement, _account(customer_id), {"amount": "", "note": "", "asked": str(uuid7())}, {})


def _asked(movement: Movement, customer_id: int) -> AnyResponse:
    account, form = _account(customer_id), forms.read(MovementForm, request.form)
    if form.errors:
        return _form(movement, account, form.typed, form.errors, status=422)
    if not request.form.get("confirmed"):
        beyond = _beyond(movement, account, form.values["amount"])
        sure = None if beyond else form.values["amount"]
        return _form(movement, account, form.typed, beyond, sure=sure, status=422 if beyond else 200)
    return _moved(movement, account, form)


def _moved(movement: Movement, account: Any, form: forms.Form) -> AnyResponse:
    settings = settings_of(current_app)
    made, errors = forms.tried(
        lambda: ACTS[movement](user_id=account.customer_id, settings=settings, **form.values), AT
    )
    if made is None:
        return _form(movement, account, form.typed, errors, status=422)
    flash(movement.done.format(amount=shown(abs(made.amount), made.currency), name=account.username), "ok")
    return htmx.go(url_for("customers_console.customers.detail", customer_id=account.customer_id))


def _beyond(movement: Movement, account: Any, amount: Any) -> dict[str, str]:
    refusal = InsufficientBalance(balance=str(account.balance), needed=str(amount))
    return {"amount": refusal.text()} if movement is PAYOUT and amount > account.balance else {}


def _account(customer_id: int) -> Any:
    return queries.account(customer_id, currency=settings_of(current_app).currency)


def _form(
    movement: Movement,
    account: Any,
    typed: dict[str, str],
    errors: dict[str, str],
    *,
    sure: Any = None,
    status: int = 200,
) -> Response:
    facts: dict[str, Any] = {"movement": movement, "account": account, "form": typed, "errors": errors, "sure": sure}
    return htmx.render("wallet/movement.html", "form", status=status, shown=shown, **facts)
