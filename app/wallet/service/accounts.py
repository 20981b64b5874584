"""Operators put money into accounts and pay it out; what is bought from an account is moved by the SQL of its domain.

One SQL function is the whole transaction (sql/ledger.sql): the user's row is shared, the transfer and the audit entry
are written, the account is changed last. It dies before its commit: nothing happened. After: all of it.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from app.audit import service as audit
from app.core import db
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.wallet import queries
from app.wallet.errors import MoneyLeft
from app.wallet.models import Account

_BY_HAND = Prepared(text("SELECT id FROM wallet_by_hand(:kind, :id, :user_id, :amount, :currency, :note, :who)"))


def deposit(*, user_id: int, amount: Decimal, note: str, settings: Settings) -> Any:
    """Put money in; the answer is the entry."""
    return _by_hand("deposit", user_id, amount, note, settings)


def pay_out(*, user_id: int, amount: Decimal, note: str, settings: Settings) -> Any:
    """Take money out that went to the customer on another way, or should never have come in."""
    return _by_hand("payout", user_id, amount, note, settings)


def refuse_money_left(*, user_id: int) -> None:
    """Raise unless the account is empty; it stays so until the commit."""
    mine = select(Account.balance).where(Account.user_id == user_id).with_for_update()
    balance = db.session().scalar(mine)
    if balance:
        raise MoneyLeft(balance=str(balance))


def _by_hand(kind: str, user_id: int, amount: Decimal, note: str, settings: Settings) -> Any:
    facts = {"user_id": user_id, "amount": amount, "currency": settings.currency, "note": note}
    return queries.entry(_BY_HAND.scalar(kind=kind, id=uuid7(), **facts, who=audit.surroundings()))
