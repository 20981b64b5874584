"""What Prometheus learns of activations."""

import pytest
from prometheus_client import REGISTRY

from app.core.web import HoldfastApp
from tests.api.letters import told
from tests.api.made_offers import asked, offer, partner, steps, wish
from tests.api.made_wallet import rich
from tests.api.worked import work_off
from tests.callers import Caller

COUNTED = (
    ("activation_requests_total", {"status": "pending"}),
    ("activation_requests_total", {"status": "insufficient_balance"}),
    ("activation_requests_total", {"status": "success"}),
    ("activation_requests_total", {"status": "failed"}),
    ("activation_processing_seconds_count", {"status": "success"}),
    ("activation_processing_seconds_count", {"status": "failed"}),
)


def figures() -> list[float]:
    return [REGISTRY.get_sample_value(name, labels) or 0.0 for name, labels in COUNTED]


def test_wishes_refusals_and_ends_are_counted_and_timed(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    before, premium = figures(), offer(staff)["id"]
    rich(staff, anna, "9.90")
    with partner(app, "refused", "succeeded"):
        assert wish(anna, offer(staff, price="99.00")["id"]).json["code"] == "insufficient_balance"
        for _ in range(2):
            asked(anna, premium)
            assert "activations_open 1.0" in anna.client.get("/metrics").text
            work_off(app)
    assert "activations_open 0.0" in anna.client.get("/metrics").text
    assert [now - then for now, then in zip(figures(), before, strict=True)] == [2, 1, 1, 1, 1, 1]


@pytest.mark.usefixtures("clean")
def test_those_that_wait_for_an_operator_are_a_figure(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    rich(staff, anna)
    with partner(app, "unknown", activation_patience_seconds=60):
        asked(anna, offer(staff)["id"])
        steps(app)
        told(app, "UPDATE activations SET begun_at = begun_at - interval '61 s'")
        steps(app)
    assert "activations_stuck 1.0" in anna.client.get("/metrics").text
