"""Prometheus metrics that are right over several processes: each writes its own files, a scrape adds them up.

A process that is started again and again writes under the name of its slot, so that no file is left for each start.
What is state (queue lengths, backlogs) is not written anywhere: it is asked at the scrape.
"""

import hmac
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_flask_exporter import PrometheusMetrics

from app.core import db

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
UNCOUNTED = {"static", "operations.scrape"}
# What can be asked of /metrics apart: many processes have figures, and one that tells the state is enough.
PARTS = ("figures", "state")
STATE: list[Callable[[], Iterable[Metric]]] = []


class StateCollector(Collector):
    """What domains tell of their state; what cannot be asked now is left out."""

    def collect(self) -> Iterator[Metric]:
        """Every state that can be had."""
        nothing: list[Metric] = []
        for ask in STATE:
            yield from db.answered(lambda: list(ask()), nothing)  # noqa: B023 - asked at once


class RequestMetrics(PrometheusMetrics):  # type: ignore[misc]  # the exporter ships no types
    """The exporter's figures under its names; requests that are alike share theirs, so that counting one is cheap.

    The figure about itself is left out: every start of a process would leave a file for it.
    """

    def export_defaults(self, *, buckets: tuple[float, ...], **_: Any) -> None:
        """Requests by method, route and status."""
        ours: dict[str, Any] = {"registry": self.registry}
        by_route, by_method = ("method", "url_rule", "status"), ("method", "status")
        seconds, total = "Flask HTTP request duration in seconds", "Total number of HTTP requests"
        self.seconds = Histogram("flask_http_request_duration_seconds", seconds, by_route, buckets=buckets, **ours)
        self.total = Counter("flask_http_request_total", total, by_method, **ours)
        self.figures = lru_cache(maxsize=10_000)(self._figures)

    @cached_property
    def waits(self) -> Histogram:
        """How long requests wait for a thread; only who has a line before its threads makes it."""
        seconds = "How long a request waited for a thread in seconds"
        return Histogram("holdfast_request_wait_seconds", seconds, buckets=BUCKETS, registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count and time a request."""
        observe, increase = self.figures(method, route, status)
        observe(seconds)
        increase()

    def count_refusal(self, method: str) -> None:
        """Count a request that was refused before it had a route; it took no time that would say anything."""
        self.total.labels(method if method in METHODS else "other", 503).inc()

    def _figures(self, method: str, route: str, status: int) -> tuple[Callable[[float], None], Callable[[], None]]:
        return self.seconds.labels(method, route, status).observe, self.total.labels(method, status).inc


def init_app(app: Flask) -> None:
    """Make the figures of this application."""
    metrics = RequestMetrics(app=None, path=None, buckets=BUCKETS, registry=CollectorRegistry())
    metrics.init_app(app)
    app.extensions["holdfast.metrics"] = metrics


def count_request(app: Flask, request: Request, status: int, seconds: float) -> None:
    """Count and time every request by route."""
    if request.endpoint not in UNCOUNTED:
        app.extensions["holdfast.metrics"].count(request.method, str(request.url_rule), status, seconds)


def write_as(slot: str) -> None:
    """From here on this process writes its figures under the name of its slot; call it before the first figure."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]  # untyped there


def exposition(app: Flask, parts: Collection[str]) -> tuple[bytes, str]:
    """What a scrape reads: figures (of all processes of this host that share a folder, else its own), and state."""
    made = {"figures": lambda: _figures(app), "state": _state}
    return b"".join(generate_latest(made[part]()) for part in PARTS if part in parts), CONTENT_TYPE_LATEST


def may_be_told(token: str, authorization: str) -> bool:
    """Whether who scrapes knows the token, when there is one."""
    offered = authorization.removeprefix("Bearer ")
    return not token or hmac.compare_digest(token.encode(), offered.encode())


def _state() -> CollectorRegistry:
    state = CollectorRegistry()
    state.register(StateCollector())
    return state


def _figures(app: Flask) -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if not folder or not Path(folder).is_dir():
        own: CollectorRegistry = app.extensions["holdfast.metrics"].registry
        return own
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return shared
