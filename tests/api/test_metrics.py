"""The figures that monitoring stands on have the names and labels that were promised."""

import re

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

COUNTED = {
    "activation_requests": ("status",),
    "activation_processing_seconds": ("status",),
    "orders_created": ("status",),
    "order_creation_duration_seconds": ("source",),
    "order_value": ("payment_status",),
    "redis_lock_acquisitions": ("status",),
    "rq_job_duration_seconds": ("job",),
    "rq_jobs": ("job", "status"),
    "payment_webhook_processed": ("status",),
    "promo_reservations": ("result",),
    "notifications": ("channel", "status"),
    "buys": ("result",),
}
ASKED = (
    "active_orders_total",
    "low_stock_products_total",
    "rq_workers",
    "rq_queue_messages",
    "holdfast_outbox_lag_seconds",
    "holdfast_jobs",
    "holdfast_dependency_up",
    "holdfast_database_connections",
    "holdfast_database_transactions_total",
    "holdfast_database_deadlocks_total",
    "holdfast_database_standby_wait_seconds",
    "holdfast_replica_aside",
    "holdfast_reports_age_seconds",
    "payment_messages",
    "activations_stuck",
)


@pytest.mark.usefixtures("app")
def test_what_is_counted_has_its_name_and_labels() -> None:
    made = {
        each._name: each._labelnames  # noqa: SLF001 - no public way to ask
        for each in REGISTRY._collector_to_names  # noqa: SLF001 - the same
        if isinstance(each, MetricWrapperBase)
    }
    assert {name: made.get(name) for name in COUNTED} == COUNTED


@pytest.mark.parametrize("name", ASKED)
def test_the_state_is_told(client: FlaskClient, name: str) -> None:
    assert re.search(rf"^{name}(\{{.*\}})? \S+$", client.get("/metrics?part=state").text, re.MULTILINE)


def test_each_part_is_told_alone_and_both_without_a_wish(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200
    figures, state, both = (client.get(f"/metrics{part}").text for part in ("?part=figures", "?part=state", ""))
    for name, there in (("flask_http_request_total", figures), ("active_orders_total", state)):
        assert name in there
        assert name in both
    assert "active_orders_total" not in figures
    assert "flask_http_request_total" not in state
    assert client.get("/metrics?part=nothing").text == ""
