"""A payment simulator runs beside the stack unless a provider is chosen."""

from contextlib import closing

import pytest

from app.core.settings import load
from devstack.companions import simulator_of


@pytest.mark.parametrize(
    "chosen",
    [{"PAYMENT_PROVIDER": "none"}, {"PAYMENT_PROVIDER": "stripe"}, {"PAYMENT_PROVIDER_URL": "https://pay.example"}],
)
def test_no_simulator_runs_when_a_provider_is_chosen(chosen: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYMENT_PROVIDER", raising=False)
    beside = simulator_of(load({"HOLDFAST_ENV": "test"}))
    assert beside is not None
    with closing(beside.page):
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        assert simulator_of(load({"HOLDFAST_ENV": "test"} | chosen)) is None
