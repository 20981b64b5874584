"""Whether the sentinels could put another in the place of a Redis that is lost."""

from collections.abc import Iterator

from flask import current_app

from app.core import sentinels
from app.core.sentinels import View
from app.core.web import settings_of
from app.operations.checks.check import BAD, OK, WARNING, Check
from app.operations.probes import PATIENCE

FEWEST = 3


def watch() -> Iterator[Check]:
    """A line for each sentinel, and one for all of them; none where there are none."""
    views = sentinels.views(settings_of(current_app), patience=PATIENCE)
    for view in views:
        yield Check(f"Sentinel {view.name}", *_told(view))
    if views:
        yield Check("Failover", *_failover(views))


def _told(view: View) -> tuple[str, str, str]:
    if view.fault:
        return BAD, f"Does not answer. It said: {view.fault}", "Look at its process, REDIS_SENTINELS and its password."
    if not view.master:
        return BAD, "Knows no master of that name.", "Let it monitor the master, or mend REDIS_SENTINEL_MASTER."
    if view.lacking:
        advice = "A lost master would not be replaced. Start the other sentinels, or look at what is between them."
        return BAD, f"Names {view.master}, and has no quorum: {view.lacking}", advice
    return OK, f"Names {view.master}, and has a quorum.", ""


def _failover(views: list[View]) -> tuple[str, str, str]:
    named = sorted({view.master for view in views if view.master})
    if len(named) > 1:
        return (
            WARNING,
            f"They name different masters: {', '.join(named)}.",
            "Ask again; if it lasts, see which is cut off.",
        )
    if len(views) < FEWEST:
        advice = "One that is lost with the master leaves no majority. Watch it with three, on hosts of their own."
        return WARNING, f"{len(views)} of the {FEWEST} sentinels that are needed.", advice
    if named and not any(view.replicas for view in views):
        return WARNING, "The master has no replica.", "Start one: nobody could take the place of the master."
    return (OK, "A replica can take the place of the master.", "") if named else (BAD, "Nobody names a master.", "")
