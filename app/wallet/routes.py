"""`/account`, its statement, and what operators do to the account of a customer."""

from typing import Any

from flask import Response, current_app

from app.core import jsons
from app.core.access import requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.edge import unit
from app.core.errors import BadCursor, ValidationFailed
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.sparse import shown
from app.core.web import settings_of
from app.wallet import queries
from app.wallet.errors import AccountNotFound, InsufficientBalance, OtherCurrency
from app.wallet.schemas import AccountQuery, BalanceOut, EntriesQuery, LedgerEntryOut, MovementIn
from app.wallet.service import accounts

blp = Blueprint("account", __name__, url_prefix="/api/v1/account", description="Money that a customer has with us.")
by_hand = Blueprint(
    "account_movements",
    __name__,
    url_prefix="/api/v1/customers/<id:customer_id>",
    description="Money of a customer, put in and paid out by operators.",
)
BLUEPRINTS = [blp, by_hand]
NOBODY = 0


@blp.route("")
@blp.arguments(AccountQuery, location="query")
@blp.response(200, BalanceOut)
@blp.refuses(AccountNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_account(query: dict[str, Any]) -> Response:
    """Show what you have; staff name a customer."""
    user_id = _holder(query["customer_id"])
    found = queries.account(user_id, currency=settings_of(current_app).currency)
    return json_response(jsons.dump(shown(BalanceOut, query["fields_"]).dump(found)))


@blp.route("/entries")
@blp.arguments(EntriesQuery, location="query")
@blp.response(200, page_schema(LedgerEntryOut))
@blp.refuses(AccountNotFound, ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_entries(query: dict[str, Any]) -> Response:
    """List what came in and went out, the newest first."""
    asked = query["customer_id"]
    page = queries.entries(whose(asked) or NOBODY, limit=query["limit"], cursor=query["cursor"])
    queries.account(_holder(asked), currency=settings_of(current_app).currency)
    return linked(json_response(page_body(page, shown(LedgerEntryOut, query["fields_"]))), page.next_cursor)


@by_hand.route("/deposits", methods=["POST"])
@by_hand.arguments(MovementIn, example={"amount": "50.00", "note": "cash at the counter"})
@by_hand.response(201, LedgerEntryOut)
@by_hand.refuses(AccountNotFound, OtherCurrency, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
@unit("verb")
def create_deposit(body: dict[str, Any], customer_id: int) -> Response:
    """Put money into the account of a customer."""
    made = accounts.deposit(user_id=customer_id, **body, settings=settings_of(current_app))
    return json_response(jsons.dump(shown(LedgerEntryOut, None).dump(made)), 201)


@by_hand.route("/payouts", methods=["POST"])
@by_hand.arguments(MovementIn, example={"amount": "50.00", "note": "paid back in cash"})
@by_hand.response(201, LedgerEntryOut)
@by_hand.refuses(AccountNotFound, InsufficientBalance, OtherCurrency, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
@unit("verb")
def create_payout(body: dict[str, Any], customer_id: int) -> Response:
    """Take money out of the account of a customer, who got it on another way."""
    made = accounts.pay_out(user_id=customer_id, **body, settings=settings_of(current_app))
    return json_response(jsons.dump(shown(LedgerEntryOut, None).dump(made)), 201)


def _holder(customer_id: int | None) -> int:
    """Whose account is meant; staff have none of their own."""
    user_id = whose(customer_id)
    if user_id is None:
        fault = {"pointer": "/customer_id", "code": "required", "detail": "Say whose account you want to see."}
        raise ValidationFailed([fault])
    return user_id
