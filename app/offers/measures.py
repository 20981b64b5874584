"""What Prometheus learns of activations."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core.errors import AppError
from app.core.metrics import STATE
from app.offers.queries import activations

REQUESTS = Counter(
    "activation_requests_total",
    "Activations that were asked for (pending), that have ended (success, failed), and who was refused.",
    ["status"],
)
SECONDS = Histogram(
    "activation_processing_seconds",
    "From the wish to its end, by how it ended.",
    ["status"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400),
)


@contextmanager
def asking() -> Iterator[None]:
    """Count one wish."""
    try:
        yield
    except AppError as refusal:
        REQUESTS.labels(refusal.code).inc()
        raise
    REQUESTS.labels("pending").inc()


def ended(status: str, seconds: float) -> None:
    """Count and time one end."""
    REQUESTS.labels(status.lower()).inc()
    SECONDS.labels(status.lower()).observe(seconds)


def _state() -> Iterator[Metric]:
    found = activations.open_and_stuck()
    yield GaugeMetricFamily("activations_open", "Activations that have not ended.", found.open)
    yield GaugeMetricFamily("activations_stuck", "Of those, the ones that wait for an operator.", found.stuck)
    yield GaugeMetricFamily("activations_oldest_seconds", "Age of the oldest one that has not ended.", found.oldest)


STATE.append(_state)
