"""A figure without labels makes its file when it is imported, under the pid of whoever imports it, and that stays."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter
from prometheus_client.metrics import MetricWrapperBase


def without_labels(registry: CollectorRegistry) -> Iterator[str]:
    for collector, names in registry._collector_to_names.items():  # noqa: SLF001 - no public way to list them
        if isinstance(collector, MetricWrapperBase) and not collector._labelnames:  # noqa: SLF001 - the same
            yield names[0]


@pytest.mark.usefixtures("app")
def test_every_figure_has_labels() -> None:
    assert list(without_labels(REGISTRY)) == []


def test_a_figure_without_labels_is_found() -> None:
    registry = CollectorRegistry()
    Counter("labelled_total", "x", ["status"], registry=registry)
    assert not list(without_labels(registry))
    Counter("bare_total", "x", registry=registry)
    assert list(without_labels(registry))
