"""Payments' background work."""

from typing import Any

from flask import current_app

from app.core.web import settings_of
from app.jobs.registry import job
from app.payments import queries
from app.payments.service import inbox

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


def _settled(ids: list[int]) -> int:
    return inbox.settle(ids=ids, patience_hours=settings_of(current_app).parked_event_hours) if ids else 0
