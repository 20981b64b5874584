"""A customer's row follows the user's, in the same transaction."""

from app.core.events import subscribe
from app.customers.service import rows
from app.identity.events import UserChanged, UserRegistered


@subscribe(UserRegistered)
def user_registered(event: UserRegistered) -> None:
    """Whoever registers as a customer gets a row."""
    rows.follow(user_id=event.user_id)


@subscribe(UserChanged)
def user_changed(event: UserChanged) -> None:
    """Whoever becomes a customer gets a row; it says whether they still are an active one."""
    rows.follow(user_id=event.user_id)
