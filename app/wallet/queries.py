"""Every SELECT about accounts and the ledger."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, func, literal, select
from sqlalchemy import cast as as_type

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.core.prepared import Prepared
from app.core.roles import Role
from app.identity.models import User
from app.wallet.errors import AccountNotFound
from app.wallet.models import MONEY, Account, Entry, Transfer

ACCOUNTS, TRANSFERS, ENTRIES, USERS = (model.__table__.c for model in (Account, Transfer, Entry, User))
_LATEST = Ordering("entries:newest", (ENTRIES.version,), ("version",), descending=True)
NOBODY = "@deleted.invalid"
# A customer without an account has nothing, in the currency that is asked for.
_NOTHING = as_type(literal("0.00"), MONEY)
_ACCOUNT = Prepared(
    select(
        USERS.id.label("customer_id"),
        USERS.username,
        USERS.email.endswith(NOBODY).label("is_deleted"),
        func.coalesce(ACCOUNTS.balance, _NOTHING).label("balance"),
        func.coalesce(ACCOUNTS.currency, bindparam("currency", type_=String)).label("currency"),
        func.coalesce(ACCOUNTS.version, 0).label("version"),
        ACCOUNTS.updated_at,
    )
    .outerjoin(Account, ACCOUNTS.user_id == USERS.id)
    .where(USERS.id == bindparam("wanted"), USERS.role == Role.CUSTOMER)
)
_STATEMENT = select(
    ENTRIES.id, ENTRIES.user_id, ENTRIES.amount, ENTRIES.currency, ENTRIES.balance_after, ENTRIES.version,
    TRANSFERS.kind, TRANSFERS.subject, TRANSFERS.note, TRANSFERS.actor_name, TRANSFERS.at,
).join(Transfer, TRANSFERS.id == ENTRIES.transfer_id)  # fmt: skip


def account(user_id: int, *, currency: str) -> Any:
    """What a customer has, as a row; without an account it is nothing."""
    row = _ACCOUNT.first(wanted=user_id, currency=currency)
    if row is None:
        raise AccountNotFound(customer_id=user_id)
    return row


def balance_of(user_id: ColumnElement[int]) -> ColumnElement[Any]:
    """What the customer in another table's row has, as a column."""
    mine = select(ACCOUNTS.balance).where(ACCOUNTS.user_id == user_id).correlate_except(Account.__table__)
    return func.coalesce(mine.scalar_subquery(), _NOTHING)


def entry(entry_id: int) -> Any:
    """One line of a statement."""
    return session().execute(_STATEMENT.where(ENTRIES.id == entry_id)).one()


def entries(user_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of a customer's statement, the newest line first."""
    rows = session().execute(paged(_STATEMENT.where(ENTRIES.user_id == user_id), _LATEST, limit=limit, cursor=cursor))
    return page_of(rows.all(), _LATEST, limit)


def moved_by(subject: str) -> Any:
    """The line that a movement wrote into a statement, or None when it was not made."""
    mine = _STATEMENT.where(TRANSFERS.subject == subject, ENTRIES.user_id.is_not(None))
    return session().execute(mine).first()


def transfers_about(subject: str) -> Sequence[Any]:
    """Both sides of whatever moved for one subject, in the order in which it was written."""
    sides = select(
        ENTRIES.id, ENTRIES.account, ENTRIES.amount, ENTRIES.currency, ENTRIES.balance_after,
        TRANSFERS.kind, TRANSFERS.actor_name, TRANSFERS.at,
    ).join(Transfer, TRANSFERS.id == ENTRIES.transfer_id)  # fmt: skip
    return session().execute(sides.where(TRANSFERS.subject == subject).order_by(ENTRIES.id)).all()


def books() -> Sequence[Any]:
    """What each side of the ledger holds, by currency: the sum of its entries, and how many there are."""
    sides = select(
        ENTRIES.account, ENTRIES.currency, func.sum(ENTRIES.amount).label("total"), func.count().label("entries")
    )
    return (
        session().execute(sides.group_by(ENTRIES.account, ENTRIES.currency).order_by(*sides.selected_columns[:2])).all()
    )
