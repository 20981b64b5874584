"""Payments' background work."""

from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import current_app

from app.core.web import settings_of
from app.jobs.registry import HEAVY, job
from app.payments import queries
from app.payments.service import inbox, providers, reconciling, refunds, retention
from app.payments.service.inbox import Told
from app.payments.service.providers import Outcome

AT_ONCE = 200


@job("payments.settle", batch=100)
def settle(events: list[dict[str, Any]]) -> int:
    """Do what providers told."""
    return _settled([event["event_id"] for event in events])


@job("payments.settle_refund")
def settle_refund(event_id: int) -> int:
    """Do what a provider told of a refund."""
    return _settled([event_id])


@job("payments.settle_parked", every=1)
def settle_parked() -> int:
    """Try again what spoke of an order that was not there yet."""
    return _settled(queries.due_events(AT_ONCE))


@job("payments.reconcile", every=60)
def reconcile() -> int:
    """Ask the provider, if there is one, about payments of which nothing was heard."""
    settings = settings_of(current_app)
    return 0 if settings.payment_provider == providers.NONE else reconciling.ask_due(settings)


@job("payments.ask_provider", attempts=3)
def ask_provider(reference: str) -> Generator[Callable[[], list[Told]], list[Told], int]:
    """Learn what happened to one payment; a message that had come after all changes nothing."""
    asked = queries.payment(reference)
    service = providers.chosen(settings_of(current_app))
    told = yield lambda: service.told_of(reference=reference, checkout_id=asked.checkout_id)
    return reconciling.learn(provider=service.name, told=told)


@job("payments.send_refund", attempts=12)
def send_refund(refund_id: str) -> Generator[Callable[[], Outcome], Outcome, None]:
    """Let the provider pay back what was promised; under the refund's id it does so once."""
    refund = queries.refund(UUID(refund_id))
    if refund.state != "requested":
        return
    asked = {name: getattr(refund, name) for name in ("reference", "amount", "currency")}
    service = providers.chosen(settings_of(current_app))
    outcome = yield lambda: service.refund(refund_id=refund.id, payment_id=refund.capture_provider_id, **asked)
    refunds.end(refund_id=refund.id, **asdict(outcome))


@job(retention.FORGET, cron="50 3 * * *", queue=HEAVY)
def forget_events() -> int:
    """Forget messages that were settled long ago."""
    return retention.forget_events(days=settings_of(current_app).webhook_retention_days)


def _settled(ids: list[int]) -> int:
    return inbox.settle(ids=ids, patience_hours=settings_of(current_app).parked_event_hours) if ids else 0
