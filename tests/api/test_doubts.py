"""What `flask doctor` says of settings that are allowed and yet not meant for a shop with customers."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.web import HoldfastApp
from app.operations.checks import doubts
from tests.api.conftest import Choose


@pytest.fixture
def said(app: HoldfastApp, choose: Choose) -> Callable[..., str]:
    """What is said of these settings; nothing when they are sound."""

    def of(**chosen: Any) -> str:
        choose(**chosen)
        with app.app_context():
            check = doubts.settings()
        assert (check.level == "ok") == check.fact.startswith("They are sound")
        return "" if check.level == "ok" else check.fact

    return of


OUR_OWN = {"public_url": "https://shop.example", "trusted_proxy_hops": 1, "ratelimit_enabled": True}
SOUND = OUR_OWN | {
    "env": "production",
    "metrics_token": "x",
    "payment_provider": "stripe",
    "stripe_webhook_secret": "x",
}


def test_settings_of_a_shop_for_customers_are_sound(said: Callable[..., str]) -> None:
    assert said(**SOUND) == ""


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"public_url": "http://shop.example"}, "PUBLIC_URL"),
        ({"cookie_secure": "0"}, "COOKIE_SECURE"),
        ({"trusted_proxy_hops": 0}, "TRUSTED_PROXY_HOPS"),
        ({"ratelimit_enabled": False}, "RATELIMIT_ENABLED"),
        ({"metrics_token": ""}, "METRICS_TOKEN"),
        ({"payment_provider": "none"}, "PAYMENT_PROVIDER"),
        ({"stripe_webhook_secret": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"payment_provider": "generic", "payment_webhook_secrets": ()}, "PAYMENT_WEBHOOK_SECRETS"),
        ({"smtp_host": "smtp.example"}, "SMTP_TLS"),
    ],
)
def test_what_production_would_rather_not_have_is_told(
    said: Callable[..., str], changes: dict[str, Any], name: str
) -> None:
    assert said(**SOUND | changes).startswith(name)


@pytest.mark.parametrize(
    "address", ["https://localhost", "http://shop.example", "http://10.0.0.5:8000", "https://[::2]"]
)
def test_an_address_for_customers_is_not_for_development(said: Callable[..., str], address: str) -> None:
    """As after `cp .env.example .env` beside docker-compose.yml."""
    assert "HOLDFAST_ENV=development" in said(env="development", public_url=address)


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:8080", "http://[::1]:1", "http://shop.localhost"])
def test_development_on_this_machine_is_sound(said: Callable[..., str], address: str) -> None:
    assert said(env="development", public_url=address) == ""
