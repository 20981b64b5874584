"""What Prometheus learns of PostgreSQL and Redis: whether they answer, and what PostgreSQL says of itself."""

from collections.abc import Iterator

from flask import current_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core.metrics import STATE
from app.operations import queries


def answering() -> Iterator[Metric]:
    """Whether what everything stands on is there."""
    up = GaugeMetricFamily("holdfast_dependency_up", "1: it answers; 0: it does not.", labels=["name"])
    for name, probe in current_app.extensions["holdfast.probes"].items():
        up.add_metric([name], int(probe.answers()))
    yield up


def database() -> Iterator[Metric]:
    """The state of the database as it is now."""
    connections = GaugeMetricFamily("holdfast_database_connections", "Connections, by state.", labels=["state"])
    for state, count in queries.connections().items():
        connections.add_metric([state], count)
    yield connections
    found = queries.database()
    for name, help_ in _GAUGES.items():
        yield GaugeMetricFamily(f"holdfast_database_{name}", help_, getattr(found, name))
    ended = CounterMetricFamily("holdfast_database_transactions", "Transactions that ended.", labels=["result"])
    blocks = CounterMetricFamily("holdfast_database_blocks", "Blocks that were read.", labels=["source"])
    for family, column in ((ended, "committed"), (ended, "rolled_back"), (blocks, "cache"), (blocks, "disk")):
        family.add_metric([column], getattr(found, column))
    yield ended
    yield blocks
    yield CounterMetricFamily("holdfast_database_deadlocks", "Deadlocks that PostgreSQL ended.", found.deadlocks)


_GAUGES = {
    "connections_limit": "How many connections there may be.",
    "size_bytes": "How much the database takes on disk.",
    "waiting_for_locks": "Sessions that wait for a lock.",
    "oldest_transaction_seconds": "For how long the oldest transaction has been open.",
}

STATE.extend((answering, database))
