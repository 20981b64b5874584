"""How users want the console to be. Nobody else's business: neither audited nor a new version of the user."""

from sqlalchemy import update

from app.core import db
from app.identity.models import User


def change(*, user_id: int, **chosen: str | bool) -> None:
    """Keep what was chosen of zone, theme and shortcuts."""
    db.session().execute(update(User).where(User.id == user_id).values(**chosen))
