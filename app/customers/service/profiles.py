"""Everybody changes what they told about themselves; only customers say where they are and what may reach them."""

from collections.abc import Collection
from typing import Any

from app.core import db
from app.core.context import Principal
from app.core.roles import Role
from app.core.settings import Settings
from app.customers import rules
from app.customers.errors import NotACustomer
from app.customers.service import rows
from app.identity.service import accounts


def change_profile(
    *,
    who: Principal,
    changes: dict[str, Any],
    current_password: str | None,
    expected: Collection[int] | None,
    address: str,
    settings: Settings,
) -> None:
    """Change the caller's names and own facts, and with the current password the address."""
    told, own = rules.parted(changes)
    proof = accounts.prove_move(who=who, changes=told, password=current_password, address=address, settings=settings)
    with db.transaction():
        user = accounts.locked(user_id=who.user_id, proof=proof)
        customer = rows.own_row(who.user_id)
        rows.refuse_stale(user, customer, expected)
        if own and (customer is None or user.role != Role.CUSTOMER):
            raise NotACustomer(role=user.role)
        accounts.change(user=user, changes=told, proof=proof, settings=settings)
        if customer is not None and own:
            rows.change(customer, own, ({}, {}))
