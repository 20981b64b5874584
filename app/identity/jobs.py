"""Identity's background work."""

from app.identity.service import sessions
from app.jobs.registry import job


@job("identity.purge_sessions", every=3600)
def purge_sessions() -> int:
    """Forget sessions that expired long ago."""
    return sessions.purge()
