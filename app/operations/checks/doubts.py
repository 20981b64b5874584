"""What the settings allow and a shop for customers would rather not have."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app

from app.core.settings import Settings
from app.core.web import settings_of
from app.operations.checks.check import OK, WARNING, Check


def settings() -> Check:
    """They were read when this began; what is allowed and yet not meant for customers is told."""
    chosen = settings_of(current_app)
    found = [*_environment(chosen), *_of_payments(chosen)]
    if chosen.production:
        found += [*_of_the_way_in(chosen), *_of_the_way_out(chosen)]
    if not found:
        return Check("Settings", OK, f"They are sound, for {chosen.env}.")
    return Check("Settings", WARNING, " ".join(found), "docs/configuration.md has each setting.")


def _environment(chosen: Settings) -> Iterator[str]:
    if not chosen.production and (chosen.base_url.startswith("https://") or not _is_here(_host(chosen.base_url))):
        yield (
            f"HOLDFAST_ENV={chosen.env}, and PUBLIC_URL is an address for customers: cookies and passwords travel over "
            "http too, weak secrets are let in. Write production."
        )


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _is_here(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _of_payments(chosen: Settings) -> Iterator[str]:
    """Whoever has a provider and no secret learns of payments by asking alone."""
    secrets = {
        "stripe": ("STRIPE_WEBHOOK_SECRET", chosen.stripe_webhook_secret),
        "generic": ("PAYMENT_WEBHOOK_SECRETS", chosen.payment_webhook_secrets),
    }
    name, given = secrets.get(chosen.payment_provider, ("", "none is needed"))
    if not given:
        yield f"{name} is empty: the provider's messages are refused, payments are found late, by asking."


def _of_the_way_in(chosen: Settings) -> Iterator[str]:
    if not chosen.public_url.startswith("https://"):
        yield "PUBLIC_URL is no https:// address, and links in mails begin with it."
    if not chosen.cookies_over_https_only:
        yield "COOKIE_SECURE=0 sends cookies over http too."
    if not chosen.trusted_proxy_hops:
        yield "TRUSTED_PROXY_HOPS=0: behind a proxy all customers are one address, its own, with one limit for all."
    if not chosen.ratelimit_enabled:
        yield "RATELIMIT_ENABLED=0 limits nobody."
    if not chosen.metrics_token:
        yield "METRICS_TOKEN is empty: keep /metrics from the outside by the proxy."


def _of_the_way_out(chosen: Settings) -> Iterator[str]:
    if chosen.payment_provider == "none":
        yield "PAYMENT_PROVIDER=none: customers cannot pay by themselves, operators record each payment."
    if chosen.smtp_tls == "none" and not _is_here(chosen.smtp_host):
        yield "SMTP_TLS=none: links that set a password travel in the clear to the mail server."
