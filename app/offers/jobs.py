"""Offers' background work."""

from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import current_app

from app.core.clock import monotonic
from app.core.crashpoints import crash_here
from app.core.settings import Settings
from app.core.web import settings_of
from app.jobs.registry import job
from app.offers import rules
from app.offers.gateways import partner
from app.offers.gateways.partner import Asked, Said
from app.offers.service import letters, steps, subscriptions

TOO_LATE = Said(rules.UNKNOWN, "The worker was held up for too long to send it.")


@job("offers.activate")
def activate(transaction_id: str, step: int) -> Generator[Callable[[], Said], Said, str | None]:
    """Do one step of an activation: send it, or ask what became of it."""
    settings, name = settings_of(current_app), UUID(transaction_id)
    row = steps.take(transaction_id=name, step=step, settings=settings)
    if row is None:
        return None
    said = yield _call(row, settings)
    return steps.conclude(transaction_id=name, step=step, settings=settings, **asdict(said))


@job("offers.resume_late", every=60)
def resume_late() -> int:
    """Take up activations whose job is lost."""
    return steps.resume_late(settings=settings_of(current_app))


@job(subscriptions.END, every=60)
def end_subscriptions() -> int:
    """End the periods that are over."""
    return subscriptions.end_due()


@job(subscriptions.REMIND, every=60)
def remind() -> int:
    """Tell customers whose period ends soon."""
    return subscriptions.remind(days=settings_of(current_app).subscription_reminder_days)


@job(subscriptions.WRITE_MAIL)
def write_mail(transaction_id: str, kind: str) -> bool:
    """Tell the customer what became of an activation or its period, once for each kind."""
    return letters.write(transaction_id=UUID(transaction_id), kind=kind, settings=settings_of(current_app))


def _call(row: Any, settings: Settings) -> Callable[[], Said]:
    """The call of this step. A worker that was stopped before it does not send what may have been paid back since."""
    started = monotonic()

    def call() -> Said:
        crash_here("offers.before_call")
        if not row.is_sent:
            return partner.look_up(row.id, settings)
        if monotonic() - started > settings.partner_timeout_seconds:
            return TOO_LATE
        return partner.activate(_asked(row), settings)

    return call


def _asked(row: Any) -> Asked:
    return Asked(row.id, row.user_id, row.offer_id, row.offer_name, row.duration_days, row.amount, row.currency)
