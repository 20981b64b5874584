"""What the health page shows of the checks, and where more stands about each."""

from typing import Any

from flask import current_app, url_for

from app.operations.checks import servers, work
from app.operations.checks.check import Check, asked, worst

PAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "schedules": ("Schedules", "jobs_console.schedules.index", {}),
    "queued": ("Queued jobs", "jobs_console.history.index", {"state": "queued"}),
    "dead": ("Failed jobs", "jobs_console.dead.index", {}),
    "failed_mails": ("Failed mails", "mail_console.index", {"state": "failed"}),
}


def facts() -> dict[str, Any]:
    """What the template shows."""
    found = _all()
    return {"checks": found, "worst": worst(found), "link_of": _link_of}


def _all() -> list[Check]:
    probes = current_app.extensions["holdfast.probes"]
    return [servers.postgres(probes), servers.redis(probes), *work.staff(), *asked(work.PARTS)]


def _link_of(check: Check) -> tuple[str, str]:
    title, endpoint, which = PAGES[check.page]
    return title, url_for(endpoint, **which)
