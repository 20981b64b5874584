"""Whether somebody can answer for this deployment, and whether the first password still lies about."""

from collections.abc import Iterator

from flask import current_app

from app.core.web import settings_of
from app.identity import queries
from app.operations.checks.check import OK, WARNING, Check, Parts


def _admins() -> Iterator[Check]:
    active, chosen = len(queries.active_admins()), settings_of(current_app)
    if not active:
        yield Check("Admins", WARNING, "None is active.", "Make one: flask users create NAME --email … --role admin")
    elif chosen.production and chosen.admin_password:
        advice = "Take it out of the environment: it is read when there is no such user, and by whoever looks there."
        yield Check("Admins", WARNING, f"{active} active, and ADMIN_PASSWORD is still set.", advice)
    else:
        yield Check("Admins", OK, f"{active} active.")


PARTS: Parts = {"Admins": _admins}
