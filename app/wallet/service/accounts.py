"""Operators put money into accounts and pay it out; what is bought from an account is moved by the SQL of its domain.

One SQL function is the whole transaction (sql/ledger.sql): the user's row is shared, the transfer and the audit entry
are written, the account is changed last. It dies before its commit: nothing happened. After: all of it. A wish that has
a name of its own is granted once: the transfer's subject is unique.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.audit import service as audit
from app.core import db
from app.core.ids import uuid7
from app.core.prepared import Prepared
from app.core.settings import Settings
from app.wallet import queries
from app.wallet.errors import MoneyLeft, MovementMade
from app.wallet.models import Account

_BY_HAND = Prepared(text("SELECT id FROM wallet_by_hand(:kind, :id, :user_id, :amount, :currency, :note, :who)"))


def deposit(*, user_id: int, amount: Decimal, note: str, settings: Settings, asked: UUID | None = None) -> Any:
    """Put money in; the answer is the entry. `asked` names a wish that counts once."""
    return _once("deposit", asked, amount, user_id=user_id, note=note, currency=settings.currency)


def pay_out(*, user_id: int, amount: Decimal, note: str, settings: Settings, asked: UUID | None = None) -> Any:
    """Take money out that went to the customer on another way, or should never have come in."""
    return _once("payout", asked, amount, user_id=user_id, note=note, currency=settings.currency)


def refuse_money_left(*, user_id: int) -> None:
    """Raise unless the account is empty; it stays so until the commit."""
    mine = select(Account.balance).where(Account.user_id == user_id).with_for_update()
    balance = db.session().scalar(mine)
    if balance:
        raise MoneyLeft(balance=str(balance))


def _once(kind: str, asked: UUID | None, amount: Decimal, **facts: Any) -> Any:
    made = queries.moved_by(f"{kind}:{asked}") if asked else None
    if made is None:
        told = {"kind": kind, "id": asked or uuid7(), "amount": amount, "who": audit.surroundings()}
        return queries.entry(_BY_HAND.scalar(**told, **facts))
    if (abs(made.amount), made.user_id, made.note) != (amount, facts["user_id"], facts["note"]):
        raise MovementMade
    return made
