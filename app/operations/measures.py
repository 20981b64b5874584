"""What Prometheus learns of PostgreSQL, its standby and replica, and Redis: whether they answer, and how they are."""

from collections.abc import Iterator

from flask import current_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core.metrics import STATE
from app.core.replica import replica
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


def servers() -> Iterator[Metric]:
    """Whether commits wait for a standby, and what reports are read from, as this process knows it."""
    wait = "For how long the oldest commit has waited for a synchronous standby; 0: none has for a second."
    yield GaugeMetricFamily("holdfast_database_standby_wait_seconds", wait, queries.role().longest_seconds)
    one = replica()
    shown = one.shows() if one else None
    aside = "1: reports are read from the primary although there is a replica; 0: they are not."
    yield GaugeMetricFamily("holdfast_replica_aside", aside, int(one is not None and shown is None))
    age = "As of how long ago reports are; 0: they are of now, from the primary."
    yield GaugeMetricFamily("holdfast_reports_age_seconds", age, shown.age if shown else 0)


_GAUGES = {
    "connections_limit": "How many connections there may be.",
    "size_bytes": "How much the database takes on disk.",
    "waiting_for_locks": "Sessions that wait for a lock.",
    "oldest_transaction_seconds": "For how long the oldest transaction has been open.",
}

STATE.extend((answering, database, servers))
