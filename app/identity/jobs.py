"""Identity's background work."""

from uuid import UUID

from flask import current_app

from app.core.web import settings_of
from app.identity.service import credentials, links, sessions
from app.jobs.registry import job


@job("identity.purge_sessions", every=3600)
def purge_sessions() -> int:
    """Forget sessions that expired long ago."""
    return sessions.purge()


@job("identity.purge_links", every=86_400)
def purge_links() -> int:
    """Forget mailed links that ended long ago."""
    return links.purge()


@job(credentials.SEND_RESET)
def send_password_reset(link_id: str, email: str) -> str:
    """Mail a link that sets a new password, if somebody has this address."""
    sent = credentials.send_reset(link_id=UUID(link_id), email=email, settings=settings_of(current_app))
    return "sent" if sent else "nobody to send it to, or sent before"
