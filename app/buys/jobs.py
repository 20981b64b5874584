"""Buys' background work."""

from flask import current_app

from app.buys.service import folding, retention
from app.core.web import settings_of
from app.jobs.registry import HEAVY, job


@job("buys.fold", every=1)
def fold() -> int:
    """Make figures of what was logged."""
    return folding.fold()


@job("buys.make_partitions", every=3600)
def make_partitions() -> int:
    """Make the partitions of the days ahead."""
    return retention.make_partitions(settings_of(current_app))


@job("buys.forget_buys", cron="20 4 * * *")
def forget_buys() -> int:
    """Forget buys that were told long ago."""
    return retention.forget_buys(settings_of(current_app))


@job("buys.forget_keys", every=3600, queue=HEAVY)
def forget_keys() -> int:
    """Forget events that were counted more than a week ago."""
    return retention.forget_keys()


@job("buys.forget_figures", every=3600, queue=HEAVY)
def forget_figures() -> int:
    """Forget figures that are finer than their age."""
    return retention.forget_figures(settings_of(current_app))


@job("buys.forget_shares", cron="40 4 * * *", queue=HEAVY)
def forget_shares() -> int:
    """Forget who bought what long ago."""
    return retention.forget_shares(settings_of(current_app))
