"""Prometheus metrics that are right over several processes: each writes its own files, a scrape adds them up."""

import os
from pathlib import Path

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_flask_exporter import PrometheusMetrics

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def init_app(app: Flask) -> None:
    """Count and time every request by route."""
    metrics = PrometheusMetrics(
        app=None,
        path=None,
        group_by="url_rule",
        buckets=BUCKETS,
        registry=CollectorRegistry(),
        excluded_paths=["^/static/", "^/metrics$"],
    )
    metrics.init_app(app)
    app.extensions["holdfast.metrics"] = metrics


def exposition(app: Flask) -> tuple[bytes, str]:
    """What a scrape reads: all processes of this host when they share a folder, else this one."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if not folder or not Path(folder).is_dir():
        return generate_latest(app.extensions["holdfast.metrics"].registry), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return generate_latest(registry), CONTENT_TYPE_LATEST
