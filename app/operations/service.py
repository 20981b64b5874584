"""Running a deployment: its first admin and demo data, and looking for what must never be found."""

from collections.abc import Iterator

from sqlalchemy import func, select, text

from app.audit import service as audit
from app.core import db
from app.core.context import Principal
from app.core.errors import NotAuthenticated
from app.core.ids import uuid7
from app.core.invariants import Finding, check
from app.core.roles import Role
from app.core.settings import Settings
from app.identity import queries as identity_queries
from app.identity.service import users
from app.jobs import queries as job_queries
from app.mail import service as mail
from app.operations.demo import seed
from app.stores import queries as store_queries
from app.stores.queries import StoreFilter

ONE_AT_A_TIME = 4_207_849_485

DEMO_LOGINS = (
    ("admin", Role.ADMIN),
    ("operator", Role.OPERATOR),
    ("viewer", Role.VIEWER),
    *((name, Role.CUSTOMER) for name in seed.LOGINS),
)


def check_invariants() -> list[Finding]:
    """Every invariant and the rows that break it."""
    return check()


def fill(settings: Settings) -> Iterator[str]:
    """Make the first admin, then demo data, each unless it is there; yields a line for each thing made."""
    wait_for_others()
    if settings.admin_password and identity_queries.user_by_name(settings.admin_username) is None:
        _make_user(settings.admin_username, settings.admin_password, Role.ADMIN)
        yield f"First admin: {settings.admin_username}"
    if settings.demo and not settings.production and settings.embedded:
        yield from _demo(settings)


def send_test_mail(who: Principal) -> str:
    """A test mail to the caller's own address, by the way that every mail takes; the answer is the address."""
    user = identity_queries.user_by_name(who.username)
    if user is None:
        raise NotAuthenticated
    mail.write(key=f"test:{uuid7().hex}", template="test", recipient=user.email, sender=who.username)
    audit.record("email.tested", object_type="user", object_id=who.user_id, new={"recipient": user.email})
    return user.email


def wait_for_others() -> None:
    """One fills a database at a time, and each waits for the one before."""
    session = db.session()
    session.execute(text("SET LOCAL lock_timeout = 0"))
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def _demo(settings: Settings) -> Iterator[str]:
    for name, role in DEMO_LOGINS:
        if identity_queries.user_by_name(name) is None:
            _make_user(name, settings.demo_password, role)
            yield f"Demo login: {name}"
    if not store_queries.count(StoreFilter()):
        yield from seed.grow("s")


def _make_user(name: str, password: str, role: Role) -> None:
    users.create_user(username=name, email=f"{name}@holdfast.example", password=password, role=role)


def warn_of_dead_letters(settings: Settings) -> int:
    """Mail to every admin when jobs became dead letters in the last hour; once an hour, however often it is asked."""
    rows = job_queries.died_lately(hours=1)
    if not rows:
        return 0
    hour = db.session().scalar(select(func.to_char(func.clock_timestamp(), "YYYY-MM-DD HH24")))
    facts = {"rows": rows, "total": sum(row.jobs for row in rows), "address": f"{settings.base_url}/console/ops/failed"}
    admins = identity_queries.active_admins()
    keys = {f"dead-letters:{hour}:{admin.id}": admin.email for admin in admins}
    return sum(mail.write(key=key, template="dead_letters", recipient=to, **facts) for key, to in keys.items())
