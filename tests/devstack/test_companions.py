"""Simulators of payments and of the partner run beside the stack unless there are real ones."""

from contextlib import closing

import pytest

from app.core.settings import load
from devstack.companions import partner_of, simulator_of


@pytest.mark.parametrize(
    "chosen",
    [
        {"PAYMENT_PROVIDER": "none"},
        {"PAYMENT_PROVIDER": "stripe", "PAYMENT_PROVIDER_KEY": "sk_test_x"},
        {"PAYMENT_PROVIDER_URL": "https://pay.example"},
    ],
)
def test_no_simulator_runs_when_a_provider_is_chosen(chosen: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYMENT_PROVIDER", raising=False)
    beside = simulator_of(load({"HOLDFAST_ENV": "test"}))
    assert beside is not None
    with closing(beside.page):
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        assert simulator_of(load({"HOLDFAST_ENV": "test"} | chosen)) is None


def test_no_partner_is_simulated_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARTNER_URL", raising=False)
    beside = partner_of(load({"HOLDFAST_ENV": "test"}))
    assert beside is not None
    with closing(beside.page):
        given = {"PARTNER_URL": "https://partner.example", "PARTNER_KEY": "x"}
        assert partner_of(load({"HOLDFAST_ENV": "test"} | given)) is None
