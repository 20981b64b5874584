"""The payment provider."""

from dataclasses import dataclass

from app.core.settings.parsing import one_of, seconds, setting, text, url, webhook_secrets, whole


@dataclass(frozen=True, kw_only=True)
class Payments:
    """The payment provider."""

    payment_webhook_secrets: tuple[str, ...] = setting(
        "PAYMENT_WEBHOOK_SECRETS",
        webhook_secrets,
        "",
        "Secrets that sign payment webhooks: whsec_<base64>, comma-separated.",
        secret=True,
    )
    parked_event_hours: int = setting(
        "PARKED_EVENT_HOURS", whole(1, 720), "72", "How long a webhook waits for the order it speaks of."
    )
    webhook_retention_days: int = setting(
        "WEBHOOK_RETENTION_DAYS",
        whole(31, 3650),
        "90",
        "How long settled webhooks are kept. Whoever sends one again does so within days; one that is flagged stays.",
    )
    payment_provider: str = setting(
        "PAYMENT_PROVIDER",
        one_of("none", "generic", "stripe"),
        "none",
        "Where customers pay: generic (PAYMENT_PROVIDER_URL), stripe, or none (operators record payments).",
    )
    payment_provider_url: str = setting(
        "PAYMENT_PROVIDER_URL", url("http", "https"), "", "Address of the generic provider's API."
    )
    payment_provider_key: str = setting(
        "PAYMENT_PROVIDER_KEY", text, "", "Our key at the provider: generic or stripe.", secret=True
    )
    stripe_webhook_secret: str = setting("STRIPE_WEBHOOK_SECRET", text, "", "Of our endpoint at Stripe.", secret=True)
    stripe_api_base: str = setting("STRIPE_API_BASE", url("http", "https"), "", "Stripe's API. Empty: Stripe's own.")
    payment_timeout_seconds: float = setting(
        "PAYMENT_TIMEOUT_SECONDS", seconds(0.05, 60), "5", "Longest wait for the payment provider."
    )
    payment_calls: int = setting(
        "PAYMENT_CALLS", whole(1, 64), "2", "Threads of a web process that may wait for the payment provider at once."
    )
    reconcile_after_seconds: float = setting(
        "RECONCILE_AFTER_SECONDS",
        seconds(0.1, 86400),
        "300",
        "The provider is asked about a payment of which nothing was heard for so long, and again after as long.",
    )
    payment_return_url: str = setting(
        "PAYMENT_RETURN_URL",
        url("http", "https"),
        "",
        "A page of the shop to which the checkout leads back, `?reference=` is added. Empty: our own page.",
    )
