"""A customer is two rows, the user's and their own: both are locked in this order before either changes.

`joined_at` and `is_active` follow the user's row by `follow`, in the transaction of every change of that row.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, text

from app.audit import service as audit
from app.core import db, versions
from app.core.errors import Stale
from app.core.roles import Role
from app.customers.errors import CustomerNotFound
from app.customers.models import Customer
from app.identity.models import User

_FOLLOW = text("""
    INSERT INTO customers AS c (id, joined_at, is_active)
    SELECT u.id, u.created_at, u.is_active AND u.role = 'customer' FROM users AS u
    WHERE u.id = :user_id AND (u.role = 'customer' OR EXISTS (SELECT FROM customers WHERE id = u.id))
    ON CONFLICT (id) DO UPDATE SET is_active = excluded.is_active AND c.anonymised_at IS NULL
""")


def follow(*, user_id: int) -> None:
    """Make the row of a new customer, or let it say again what the user's row says."""
    db.session().execute(_FOLLOW, {"user_id": user_id})


def locked_user(customer_id: int) -> User:
    """The user of a customer, whom nobody else changes until the commit; what refers to them need not wait."""
    mine = select(User).where(User.id == customer_id, User.role == Role.CUSTOMER).with_for_update(key_share=True)
    user = db.session().scalar(mine, execution_options={"populate_existing": True})
    if user is None:
        raise CustomerNotFound(customer_id=customer_id)
    return user


def own_row(user_id: int, *, locked: bool = True) -> Customer | None:
    """What is kept of a customer beside the user's row; None of staff who never were one."""
    mine = select(Customer).where(Customer.id == user_id)
    statement = mine.with_for_update(key_share=True) if locked else mine
    return db.session().scalar(statement, execution_options={"populate_existing": True})


def change(customer: Customer, changes: dict[str, Any], extra: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Change what differs of a locked row and write it down, with what was changed beside it."""
    old, new = versions.apply(customer, changes)
    if not new and not extra[1]:
        return
    customer.version += 0 if new else 1
    customer.updated_at = func.clock_timestamp()
    db.flush()
    audit.record(
        "customer.updated", object_type="customer", object_id=customer.id, old=old | extra[0], new=new | extra[1]
    )


def refuse_stale(user: User, own: Customer | None, expected: Collection[int] | None) -> None:
    """Raise unless both rows are still as the caller has seen them."""
    version = user.version + (own.version - 1 if own else 0)
    if expected is not None and version not in expected:
        raise Stale(version=version)
