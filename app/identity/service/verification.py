"""An address is verified by a link that was mailed to it."""

from sqlalchemy import func

from app.audit import service as audit
from app.core import context, db
from app.core.context import Principal
from app.core.settings import Settings
from app.identity import queries
from app.identity.errors import EmailAlreadyVerified
from app.identity.models import User
from app.identity.service import attempts, links


def send_again(*, who: Principal, address: str, settings: Settings) -> None:
    """Mail another link to the caller's address."""
    user = queries.account(who.user_id)
    if user.email_verified:
        raise EmailAlreadyVerified
    attempts.count(*attempts.mails_with_links(user.email, address, settings))
    links.send(user, links.VERIFICATION, settings)


def confirm(*, token: str, address: str, settings: Settings) -> None:
    """Verify the address that the link was mailed to."""
    with db.statement():
        attempts.count(attempts.links_tried(address, settings))
        link = links.opened_by(token, links.VERIFICATION, settings)
    with db.transaction():
        user = links.use(link)
        context.sign_in(links.bearer(user))
        mark(user)
        links.close(user.id, links.VERIFICATION)


def mark(user: User) -> None:
    """Note that mail to their address reaches the user."""
    if not user.email_verified:
        user.email_verified_at = func.clock_timestamp()
        user.version += 1
        audit.record("user.email_verified", object_type="user", object_id=user.id, new={"email": user.email})
