"""Every view declares who may call it; the edge asks before the view runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.core.context import Principal, principal
from app.core.errors import NotAuthenticated, NotPermitted
from app.core.roles import Role, allows

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may call a view: anybody, anybody who signed in, or a role."""

    kind: str
    role: Role | None = None
    asks_who: bool = True
    customers_too: bool = False

    def __str__(self) -> str:
        """The word for the table of routes."""
        words = str(self.role) if self.role else self.kind
        return f"customer or {words}" if self.customers_too else words

    def lets_in(self, role: Role) -> bool:
        """Whether somebody with this role may pass."""
        return self.role is None or allows(role, self.role) or (self.customers_too and role is Role.CUSTOMER)


PUBLIC, ANONYMOUS, SIGNED_IN = Access("public"), Access("public", asks_who=False), Access("signed in")


def public(view: View) -> View:
    """Anybody may call this view."""
    view.access = PUBLIC  # type: ignore[attr-defined]  # a mark that the edge reads
    return view


def anonymous(view: View) -> View:
    """Anybody may call this view, and an old token sent along does no harm."""
    view.access = ANONYMOUS  # type: ignore[attr-defined]  # a mark that the edge reads
    return view


def signed_in(view: View) -> View:
    """Any user with a live session may call this view."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]  # a mark that the edge reads
    return view


def requires(role: Role, *, or_customer: bool = False) -> Callable[[View], View]:
    """Only users whose role includes this one may call this view, and customers for what is theirs when it says so."""

    def mark(view: View) -> View:
        view.access = Access("role", role, customers_too=or_customer)  # type: ignore[attr-defined]  # a mark that the edge reads
        return view

    return mark


def caller() -> Principal:
    """Who is asking, in a view that lets in nobody unknown."""
    who = principal()
    if who is None:
        raise NotAuthenticated(headers={"WWW-Authenticate": "Bearer"})
    return who


def whose(customer_id: int | None) -> int | None:
    """Whose objects are meant: a customer's own, whatever was asked for; of staff, those asked for, or everybody's."""
    who = caller()
    return who.user_id if who.role is Role.CUSTOMER else customer_id


def admit(access: Access, who: Principal | None) -> None:
    """Raise unless this caller may pass."""
    if access.kind == "public":
        return
    if who is None:
        raise NotAuthenticated(headers={"WWW-Authenticate": "Bearer"})
    if not access.lets_in(who.role):
        raise NotPermitted(needs=str(access.role), role=str(who.role))
