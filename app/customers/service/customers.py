"""Customers are made, changed and deleted by operators.

Deleting takes everything personal and keeps the rows, because orders and the ledger refer to them. Lock order: the
user, what is open for the customer (by the subscribers of CustomerAnonymised), the customer, the account, memberships.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func

from app.audit import service as audit
from app.core import db
from app.core.events import publish
from app.core.roles import Role
from app.customers import rules
from app.customers.errors import CustomerGone, CustomerNotFound
from app.customers.events import CustomerAnonymised
from app.customers.models import Customer
from app.customers.service import members, rows
from app.identity.models import User
from app.identity.service import users
from app.wallet.service import accounts

EMPTIED = {"latitude": None, "longitude": None, "in_app_opt_in": False, "email_opt_in": False}


def create_customer(*, username: str, email: str, segment_ids: Collection[int] = (), **facts: Any) -> int:
    """Make a customer who sets a password by the mail for a forgotten one; the answer is the id."""
    names, own = rules.parted(facts)
    user = users.create_user(username=username, email=email, password=None, role=Role.CUSTOMER, **names)
    customer = _own(user)
    given = {name: value for name, value in own.items() if value is not None}
    for name, value in given.items():
        setattr(customer, name, value)
    db.flush()
    members.put_into(customer_id=user.id, segment_ids=segment_ids)
    new = given | ({"segment_ids": sorted(set(segment_ids))} if segment_ids else {})
    audit.record("customer.created", object_type="customer", object_id=user.id, new=new)
    return user.id


def update_customer(*, customer_id: int, changes: dict[str, Any], expected: Collection[int] | None = None) -> int:
    """Change what differs; nothing differs: nothing happens. The answer is the id."""
    user = rows.locked_user(customer_id)
    customer = _own(user)
    if customer.anonymised_at is not None:
        raise CustomerGone(customer_id=customer_id)
    rows.refuse_stale(user, customer, expected)
    told, own = rules.parted(changes)
    wanted = told.pop("segment_ids", None)
    if told:
        users.update_user(user_id=customer_id, changes=told)
    moved = ({}, {}) if wanted is None else members.replace(customer_id=customer_id, segment_ids=wanted)
    rows.change(customer, own, moved)
    return customer_id


def anonymise_customer(*, customer_id: int, expected: Collection[int] | None = None) -> None:
    """Take everything personal from a customer and end what is open; again: nothing happens."""
    user = rows.locked_user(customer_id)
    before = rows.own_row(customer_id, locked=False)
    if before is None or before.anonymised_at is not None:
        return
    rows.refuse_stale(user, before, expected)
    publish(CustomerAnonymised(customer_id))  # holds and stock are locked before the customer, as everywhere
    users.anonymise(user=user)
    customer = _own(user)
    accounts.refuse_money_left(user_id=customer_id)
    members.take_out_everywhere(customer_id=customer_id)
    _empty(customer)
    audit.record("customer.anonymised", object_type="customer", object_id=customer_id)


def _empty(customer: Customer) -> None:
    for name, value in EMPTIED.items():
        setattr(customer, name, value)
    customer.is_active = False
    customer.anonymised_at = func.clock_timestamp()
    customer.updated_at = func.clock_timestamp()
    customer.version += 1
    db.flush()


def _own(user: User) -> Customer:
    customer = rows.own_row(user.id)
    if customer is None:
        raise CustomerNotFound(customer_id=user.id)
    return customer
