"""Prometheus metrics that are right over several processes: each writes its own files, a scrape adds them up.

A process that is started again and again writes under the name of its slot, so that no file is left for each start.
What is state (queue lengths, backlogs) is not written anywhere: it is asked at the scrape.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess, values
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_flask_exporter import PrometheusMetrics

from app.core import db

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
STATE: list[Callable[[], Iterable[Metric]]] = []


class StateCollector(Collector):
    """What domains tell of their state; what cannot be asked now is left out."""

    def collect(self) -> Iterator[Metric]:
        """Every state that can be had."""
        nothing: list[Metric] = []
        for ask in STATE:
            yield from db.answered(lambda: list(ask()), nothing)  # noqa: B023 - asked at once


class RequestMetrics(PrometheusMetrics):  # type: ignore[misc]  # the exporter ships no types
    """The exporter without the figure about itself, for which every start of a process would leave a file."""

    def info(self, *args: Any, **kwargs: Any) -> None:
        """Nothing."""


def init_app(app: Flask) -> None:
    """Count and time every request by route."""
    metrics = RequestMetrics(
        app=None,
        path=None,
        group_by="url_rule",
        buckets=BUCKETS,
        registry=CollectorRegistry(),
        excluded_paths=["^/static/", "^/metrics$"],
    )
    metrics.init_app(app)
    app.extensions["holdfast.metrics"] = metrics


def write_as(slot: str) -> None:
    """From here on this process writes its figures under the name of its slot; call it before the first figure."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]  # untyped there


def exposition(app: Flask) -> tuple[bytes, str]:
    """What a scrape reads: all processes of this host when they share a folder, else this one; and the state."""
    state = CollectorRegistry()
    state.register(StateCollector())
    return generate_latest(_figures(app)) + generate_latest(state), CONTENT_TYPE_LATEST


def _figures(app: Flask) -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if not folder or not Path(folder).is_dir():
        own: CollectorRegistry = app.extensions["holdfast.metrics"].registry
        return own
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return shared
