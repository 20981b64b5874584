"""Notifications' background work."""

from flask import current_app

from app.core.web import settings_of
from app.jobs.registry import HEAVY, job
from app.notifications.service import inbox


@job("notifications.forget_old", cron="55 3 * * *", queue=HEAVY)
def forget_old() -> int:
    """Forget what customers were told long ago."""
    return inbox.forget_old(settings_of(current_app))
