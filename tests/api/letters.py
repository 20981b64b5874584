"""What accounts get by mail, as its reader would have it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.core import context, db
from app.core.web import HoldfastApp, settings_of
from app.identity.service import links
from app.jobs.registry import JOBS
from tests.api.parallel import rows

RESET_JOB = "identity.send_password_reset"


def told(app: HoldfastApp, statement: str, *values: object) -> list[Any]:
    """What the database answers."""
    with app.app_context():
        return rows(statement, *values)


def written(app: HoldfastApp) -> list[tuple[str, str]]:
    """Which mails were written to whom, oldest first."""
    return [tuple(row) for row in told(app, "SELECT template, recipient FROM emails ORDER BY id")]


def work(app: HoldfastApp, name: str = RESET_JOB) -> list[Any]:
    """Do every job of this name that was asked for, done before or not."""
    asked = told(app, "SELECT args FROM jobs WHERE name = %s ORDER BY id", name)
    with app.app_context(), context.surroundings(source="job"):
        return [_done(name, args) for (args,) in asked]


def _done(name: str, args: dict[str, Any]) -> Any:
    with db.transaction():
        return JOBS[name].call(**args)


def token(app: HoldfastApp, kind: str, recipient: str) -> str:
    """The token in the newest mail of this kind."""
    newest = "SELECT key FROM emails WHERE template = %s AND recipient = %s ORDER BY id DESC LIMIT 1"
    ((key,),) = told(app, newest, kind, recipient)
    with app.app_context():
        address = links.address_of(key, settings_of(app))
    return parse_qs(urlsplit(address).query)["token"][0]
