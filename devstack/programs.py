"""The programs of a stack."""

import sys
from collections.abc import Iterable

from devstack.child import Child
from devstack.companions import Mail, Simulator
from devstack.logs import Logs
from devstack.plan import ROOT, Plan


def preparation(plan: Plan, logs: Logs) -> Child:
    """Migrations, the first admin and demo data, in one process."""
    return _program("prepare", ["-m", "flask", "--app", "wsgi", "prepare"], plan, logs)


def programs(plan: Plan, logs: Logs) -> list[Child]:
    """What runs until the end, in the order in which it is stopped."""
    gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *(["--reload"] if plan.reload else []), "wsgi:app"]
    found = [
        _program("web", gunicorn, plan, logs, keep_open=[plan.web.fileno()]),
        _live(plan, logs),
        _program("worker", ["worker.py"], plan, logs),
        _program("heavy", ["worker.py", "heavy"], plan, logs),
        _program("scheduler", ["scheduler.py"], plan, logs),
    ]
    if plan.mail is not None:
        found.append(_mail_catcher(plan, plan.mail, logs))
    if plan.simulator is not None:
        found.append(_simulator(plan, plan.simulator, logs))
    if plan.partner is not None:
        found.append(_partner(plan, plan.partner, logs))
    return found


def _live(plan: Plan, logs: Logs) -> Child:
    listener = plan.live.fileno()
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/live.conf.py", "live:app"]
    env = plan.environment(BIND=f"fd://{listener}", LIVE_STREAMS=str(plan.settings.live_streams))
    return Child("live", command, env=env, cwd=ROOT, logs=logs, keep_open=[plan.lock.fd, listener])


def _mail_catcher(plan: Plan, mail: Mail, logs: Logs) -> Child:
    sockets = [mail.smtp.fileno(), mail.page.fileno()]
    arguments = ["-m", "devstack.mailcatcher", str(plan.home / "mail"), *map(str, sockets)]
    return _program("mail", arguments, plan, logs, keep_open=sockets)


def _simulator(plan: Plan, simulator: Simulator, logs: Logs) -> Child:
    listener = simulator.page.fileno()
    webhooks = f"{plan.url}/api/v1/webhooks/payment"
    arguments = ["-m", "devstack.simulator", str(plan.home / "payments"), str(listener), webhooks]
    return _program("simulator", arguments, plan, logs, keep_open=[listener])


def _partner(plan: Plan, partner: Simulator, logs: Logs) -> Child:
    listener = partner.page.fileno()
    arguments = ["-m", "devstack.partner", str(plan.home / "partner"), str(listener)]
    return _program("partner", arguments, plan, logs, keep_open=[listener])


def _program(name: str, arguments: list[str], plan: Plan, logs: Logs, keep_open: Iterable[int] = ()) -> Child:
    """A Python program; it holds the folder's lock too, so that the lock is free only when all of them ended."""
    command = [sys.executable, *arguments]
    return Child(name, command, env=plan.environment(), cwd=ROOT, logs=logs, keep_open=[plan.lock.fd, *keep_open])
