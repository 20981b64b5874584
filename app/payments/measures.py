"""What Prometheus learns of payments."""

from collections.abc import Iterator, Mapping
from functools import partial

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core import db
from app.core.metrics import STATE
from app.payments import queries

SETTLED = Counter("payment_webhook_processed_total", "Messages of providers, by what became of them.", ["status"])


def settled(verdicts: Mapping[str, int]) -> None:
    """Count what became of messages, once it is kept."""
    for verdict, many in verdicts.items():
        db.after_commit(partial(SETTLED.labels(verdict).inc, many))


def _state() -> Iterator[Metric]:
    faults = queries.fault_counts()
    messages = GaugeMetricFamily("payment_messages", "Messages of providers that wait for somebody.", labels=["state"])
    for state in queries.EVENT_FAULTS:
        messages.add_metric([state], faults[state])
    yield messages


STATE.append(_state)
