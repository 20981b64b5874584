"""Links by mail prove, once and for a time, that their bearer reads the mail of an address.

Data: one row of `mailed_links` for each. The token is made of the signing key, the kind and the row's id, when the
mail is handed to the mail server and when a token comes back; neither the row, the stored mail nor the job holds it,
so nobody who reads those can take over an account. A link is used by one `UPDATE` of its row while the user is locked.
Lock order: user, then link, then session.
"""

from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.context import Principal
from app.core.ids import uuid7
from app.core.roles import Role
from app.core.settings import Settings
from app.identity import rules
from app.identity.errors import LinkInvalid
from app.identity.models import MailedLink, User
from app.mail import service as mail

RESET, VERIFICATION = "password_reset", "email_verification"
KINDS = (RESET, VERIFICATION)
FORGOTTEN_AFTER = timedelta(days=7)


def send(user: User, kind: str, settings: Settings, *, link_id: UUID | None = None) -> bool:
    """Mail a link to the user's address; False when the link of this id was sent before."""
    link_id, lifetime = link_id or uuid7(), _lifetime(kind, settings)
    row = {"id": link_id, "user_id": user.id, "kind": kind, "email": user.email}
    made = insert(MailedLink).values(**row, expires_at=func.clock_timestamp() + lifetime).on_conflict_do_nothing()
    if not db.rows_of(db.session().execute(made)):
        return False
    key, spoken = f"{kind}:{link_id.hex}", rules.spoken(lifetime)
    return mail.write(key=key, template=kind, recipient=user.email, lifetime=spoken)


def address_of(mail_key: str, settings: Settings) -> str:
    """The address that the mail of this key leads its reader to."""
    kind, _, link_id = mail_key.partition(":")
    page = _page(kind, settings)
    return f"{page}{'&' if '?' in page else '?'}token={rules.link_token(settings.secret_key, kind, UUID(link_id))}"


def opened_by(token: str, kind: str, settings: Settings) -> MailedLink:
    """The link of this token, if it can still be used."""
    link_id = rules.link_named_in(token)
    alive = (MailedLink.used_at.is_(None), MailedLink.expires_at > func.clock_timestamp())
    link = db.session().scalar(select(MailedLink).where(MailedLink.id == link_id, MailedLink.kind == kind, *alive))
    if link is None or not compare_digest(rules.link_token(settings.secret_key, kind, link.id), token):
        raise LinkInvalid
    return link


def use(link: MailedLink) -> User:
    """Use up the link, as the only one who does, if its user still has the address that it was mailed to.

    The answer is that user, whom nobody else changes before the commit.
    """
    whose = select(User).where(
        User.id == link.user_id, User.is_active, func.lower(User.email) == func.lower(link.email)
    )
    user = db.session().scalar(whose.with_for_update())
    if user is None or not _close(MailedLink.id == link.id, MailedLink.expires_at > func.clock_timestamp()):
        raise LinkInvalid
    return user


def bearer(user: User) -> Principal:
    """Who acts when somebody proves without a session that they are this user."""
    return Principal(user.id, user.username, Role(user.role), session_id="")


def close(user_id: int, *kinds: str) -> None:
    """Let none of the user's links of these kinds, or of any kind, open anything any more."""
    _close(MailedLink.user_id == user_id, MailedLink.kind.in_(kinds or KINDS))


def purge() -> int:
    """Forget links that ended long ago."""
    old = MailedLink.expires_at < func.clock_timestamp() - FORGOTTEN_AFTER
    return db.rows_of(db.session().execute(delete(MailedLink).where(old)))


def _close(*which: ColumnElement[bool]) -> int:
    change = update(MailedLink).where(*which, MailedLink.used_at.is_(None))
    return db.rows_of(db.session().execute(change.values(used_at=func.clock_timestamp())))


def _lifetime(kind: str, settings: Settings) -> timedelta:
    if kind == RESET:
        return timedelta(minutes=settings.password_reset_minutes)
    return timedelta(hours=settings.email_verification_hours)


def _page(kind: str, settings: Settings) -> str:
    if kind == RESET:
        return settings.password_reset_url or f"{settings.base_url}/console/password-reset/confirm"
    return settings.email_verification_url or f"{settings.base_url}/console/verify-email"
